# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What PostgreSQL says of its domains, and of those of the models."""

import logging
from copy import copy
from typing import Any, NamedTuple, cast

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import DOMAIN, CreateDomainType
from sqlalchemy.exc import DBAPIError

from .postgresql_asking import types_of_models
from .postgresql_types import Key

log = logging.getLogger("alembic.autogenerate")


class Said(NamedTuple):
    """What the database says of a domain, as SQL."""

    type: str
    default: str | None
    not_null: bool
    checks: dict[str, str]


def said_of_domains(
    context: MigrationContext, *, temporary: bool = False
) -> dict[Key, Said]:
    """Return what the database says of its domains: SQLAlchemy says less."""
    query = text("""
        SELECT nspname, typname,
            format_type(typbasetype, typtypmod) || coalesce(' COLLATE ' || (
                SELECT c.oid::regcollation::text FROM pg_collation c
                JOIN pg_type base ON base.oid = t.typbasetype
                WHERE c.oid = t.typcollation AND c.oid <> base.typcollation
            ), '') AS type,
            typdefault, typnotnull,
            ARRAY(
                SELECT quote_ident(conname) FROM pg_constraint
                WHERE contypid = t.oid AND contype = 'c' ORDER BY conname
            ) AS names,
            ARRAY(
                SELECT replace(pg_get_constraintdef(oid), ' NOT VALID', '')
                FROM pg_constraint
                WHERE contypid = t.oid AND contype = 'c' ORDER BY conname
            ) AS checks
        FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
        WHERE typtype = 'd' AND (n.oid = pg_my_temp_schema()) = :temporary
    """)
    connection = cast("Connection", context.connection)
    found = connection.execute(query, {"temporary": temporary})
    return {
        (row.nspname, row.typname): Said(
            row.type,
            row.typdefault,
            row.typnotnull,
            dict(zip(row.names, row.checks, strict=True)),
        )
        for row in found
    }


def ask(context: MigrationContext, domain: DOMAIN) -> Said | None:
    """Return what the database says of a domain of the models, from a temporary one."""
    asked = copy(domain)
    asked.schema = "pg_temp"
    connection = cast("Connection", context.connection)
    try:
        with types_of_models(connection, [asked.data_type]):
            connection.execute(CreateDomainType(asked))
            (said,) = said_of_domains(context, temporary=True).values()
    except DBAPIError as error:  # of a type that the revision will create
        log.info("Can't ask about the domain %s: %s", domain.name, error.orig)
        return None
    return said


def creation(said: Said, name: str) -> str:
    """Return the statement that creates a domain of which the database said this."""
    statement = [f"CREATE DOMAIN {name} AS {said.type}"]
    statement += [f"DEFAULT {said.default}"] if said.default else []
    statement += ["NOT NULL"] if said.not_null else []
    statement += [f"CONSTRAINT {name} {check}" for name, check in said.checks.items()]
    return " ".join(statement)


def name_of(domain: DOMAIN, context: MigrationContext) -> str:
    """Return the name of a domain as SQL."""
    preparer = cast("Any", context.dialect.identifier_preparer)
    return str(preparer.format_type(domain))
