# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What PostgreSQL says of domains and enums, also of those that are yet to come."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from typing import Any, NamedTuple, cast

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import (
    DOMAIN,
    ENUM,
    CreateDomainType,
    CreateEnumType,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from .operations import as_text
from .postgresql_types import TypeName, by_name, name_of

log = logging.getLogger("alembic.autogenerate")

THERE = """
    SELECT nspname, typname, ARRAY(
        SELECT enumlabel::text FROM pg_enum
        WHERE enumtypid = t.oid ORDER BY enumsortorder
    ) FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
    WHERE typtype IN ('d', 'e')
"""


@contextmanager
def types_of_models(
    connection: Connection, types: Iterable[TypeEngine[Any]]
) -> Iterator[None]:
    """Have the types of the models for a moment, in the place of what is there."""
    named = by_name(types, connection.dialect.default_schema_name)
    with connection.begin_nested() as savepoint:
        try:
            with connection.begin_nested():
                create(connection, named)
        except DBAPIError as error:  # of a type in a schema that is yet to be created
            log.info("Can't ask with the types of the models: %s", error.orig)
        yield
        savepoint.rollback()


def labels_of(connection: Connection) -> dict[TypeName, list[str]]:
    """Return the enums with their labels, and the domains, by schema and name."""
    found = connection.execute(text(THERE))
    return {(schema, name): labels for schema, name, labels in found}


def create(connection: Connection, types: Mapping[TypeName, ENUM | DOMAIN]) -> None:
    """Create the types that are not there as the models have them."""
    there = labels_of(connection) if types else {}
    for number, (key, type_) in enumerate(types.items()):
        labels = there.get(key)
        if isinstance(type_, DOMAIN):
            if labels is None:
                connection.execute(CreateDomainType(type_))
        elif labels != type_.enums:
            if labels is not None:
                name = name_of(type_, connection.dialect)
                rename = f"ALTER TYPE {name} RENAME TO alembic_old_{number}"
                connection.execute(text(as_text(rename, connection.dialect)))
            connection.execute(CreateEnumType(type_))


class ReflectedDomain(NamedTuple):
    """What the database says of a domain, as SQL."""

    type: str
    default: str | None
    not_null: bool
    checks: dict[str, str]


def reflected_domains(
    context: MigrationContext, *, temporary: bool = False
) -> dict[TypeName, ReflectedDomain]:
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
        (row.nspname, row.typname): ReflectedDomain(
            row.type,
            row.typdefault,
            row.typnotnull,
            dict(zip(row.names, row.checks, strict=True)),
        )
        for row in found
    }


def ask_domain(context: MigrationContext, domain: DOMAIN) -> ReflectedDomain | None:
    """Return what the database says of a domain of the models, from a temporary one."""
    asked = copy(domain)
    asked.schema = "pg_temp"
    connection = cast("Connection", context.connection)
    try:
        with types_of_models(connection, [asked.data_type]):
            connection.execute(CreateDomainType(asked))
            (said,) = reflected_domains(context, temporary=True).values()
    except DBAPIError as error:  # of a type that the revision will create
        log.info("Can't ask about the domain %s: %s", domain.name, error.orig)
        return None
    return said


def create_domain(domain: ReflectedDomain, name: str) -> str:
    """Return the statement that creates a domain of which the database said this."""
    statement = [f"CREATE DOMAIN {name} AS {domain.type}"]
    statement += [f"DEFAULT {domain.default}"] if domain.default else []
    statement += ["NOT NULL"] if domain.not_null else []
    statement += [f"CONSTRAINT {name} {check}" for name, check in domain.checks.items()]
    return " ".join(statement)
