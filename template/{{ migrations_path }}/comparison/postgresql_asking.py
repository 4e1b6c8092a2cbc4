# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How PostgreSQL is asked about types that the revision is yet to create or change."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

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
from .postgresql_types import Key, by_name

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


def labels_of(connection: Connection) -> dict[Key, list[str]]:
    """Return the enums with their labels, and the domains, by schema and name."""
    found = connection.execute(text(THERE))
    return {(schema, name): labels for schema, name, labels in found}


def create(connection: Connection, types: Mapping[Key, ENUM | DOMAIN]) -> None:
    """Create the types that are not there as the models have them."""
    there = labels_of(connection) if types else {}
    for number, (key, type_) in enumerate(types.items()):
        labels = there.get(key)
        if isinstance(type_, DOMAIN):
            if labels is None:
                connection.execute(CreateDomainType(type_))
        elif labels != type_.enums:
            if labels is not None:
                preparer = cast("Any", connection.dialect.identifier_preparer)
                name = preparer.format_type(type_)
                old = f"alembic_old_{number}"
                rename = as_text(
                    f"ALTER TYPE {name} RENAME TO {old}", connection.dialect
                )
                connection.execute(text(rename))
            connection.execute(CreateEnumType(type_))
