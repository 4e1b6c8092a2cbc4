# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What a database holds, a line for each object: two that are equal hold the same."""

import warnings
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, cast

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Select, inspect, literal_column, select, table, text
from sqlalchemy.exc import SAWarning

KINDS = {
    "column": "get_multi_columns",
    "primary key": "get_multi_pk_constraint",
    "foreign key": "get_multi_foreign_keys",
    "unique constraint": "get_multi_unique_constraints",
    "check": "get_multi_check_constraints",
    "index": "get_multi_indexes",
    "comment": "get_multi_table_comment",
    "options": "get_multi_table_options",
}
# What may differ between databases that came to the same revision by another way.
EXACT = {"comment", "definition", "extension", "options", "privileges", "schema"}
DETAILS = {"autoincrement", "comment", "number", "primary_key"}
# What SQLAlchemy does not reflect.
DEFINITIONS = """
    SELECT CASE type WHEN 'index' THEN 'definition' ELSE type END, name,
        CASE type WHEN 'table' THEN '' ELSE replace(sql, '"', '') END
    FROM sqlite_master WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*'
"""


def catalogue(migration: MigrationContext, *, exact: bool) -> set[str]:
    """Return the objects; exact: also their order, and how many rows each table has."""
    connection = cast("Connection", migration.connection)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # what is not reflected has its SQL
        found = {*reflected(migration, exact=exact)}
    for kind, name, definition in connection.execute(
        text(DEFINITIONS.replace(":", r"\:"))
    ):
        own = migration.version_table in name.split(".")
        if not own and (exact or kind not in EXACT):
            found.add(" ".join(f"{kind} {name} {definition}".split()))
    if exact:
        for name, rows in rows_of(migration).items():
            found.add(f"{len(rows)} rows in {name}")
    return found


def reflected(migration: MigrationContext, *, exact: bool) -> Iterator[str]:
    """Yield what SQLAlchemy knows."""
    inspector = inspect(cast("Connection", migration.connection))
    for schema in schemas(migration):
        for kind in KINDS.keys() - ({} if exact else EXACT):
            try:
                found = getattr(inspector, KINDS[kind])(schema=schema)
            except NotImplementedError:  # the database has none
                continue
            for key, items in found.items():
                if key[1] != migration.version_table:
                    path = ".".join(filter(None, key))
                    each = items if isinstance(items, list) else [items]
                    yield from lines(kind, path, each, exact=exact)


def lines(
    kind: str, path: str, items: list[dict[str, Any]], *, exact: bool
) -> Iterator[str]:
    """Yield a line for each object of a table, if it says anything."""
    for number, item in enumerate(items):
        said = {k: v for k, v in sorted(item.items()) if v not in (None, "", [], {})}
        if kind == "column":
            name = f"{path}.{said.pop('name')} {said.pop('type')}"
            said["number"] = number
        elif kind.endswith("key") and not exact:  # whose names nothing asks for
            said.pop("name", None)
            name = f"of {path}"
        else:
            name = f"{said.pop('name', '')} of {path}"
        rest = [f"{k}={v!r}" for k, v in said.items() if exact or k not in DETAILS]
        if rest:
            yield " ".join(f"{kind} {name}: {', '.join(rest)}".split())


def rows_of(migration: MigrationContext) -> dict[str, list[str]]:
    """Return the rows of each table, without the times when they were made."""
    connection = cast("Connection", migration.connection)
    found = {}
    for schema in schemas(migration):
        for name in inspect(connection).get_table_names(schema=schema):
            if name == migration.version_table:
                continue
            rows: Select[Any] = select(literal_column("*"))
            query = rows.select_from(table(name, schema=schema))
            found[".".join(filter(None, (schema, name)))] = sorted(
                str([v for v in row if not isinstance(v, (date, datetime, time))])
                for row in connection.execute(query)
            )
    return found


def schemas(_: MigrationContext) -> list[None]:
    """Return the default schema."""
    return [None]
