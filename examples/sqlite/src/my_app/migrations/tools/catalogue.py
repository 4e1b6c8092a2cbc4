# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What a database holds, a line for each object: two that are equal hold the same."""

import warnings
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, Select, inspect, literal_column, select, table, text
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import SAWarning

KINDS = {
    "primary key": "get_multi_pk_constraint",
    "foreign key": "get_multi_foreign_keys",
    "unique constraint": "get_multi_unique_constraints",
    "check": "get_multi_check_constraints",
    "index": "get_multi_indexes",
    "comment": "get_multi_table_comment",
    "options": "get_multi_table_options",
}
# What SQLAlchemy does not reflect.
DEFINITIONS = """
    SELECT type, name, replace(sql, '"', '') FROM sqlite_master
    WHERE type IN ('view', 'trigger', 'index') AND sql IS NOT NULL
"""


def catalogue(connection: Connection) -> set[str]:
    """Return the objects, and how many rows each table has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # what is not reflected has its SQL
        found = {*reflected(connection)}
    for row in connection.execute(text(DEFINITIONS.replace(":", r"\:"))):
        found.add(" ".join(" ".join(map(str, row)).split()))
    for name, rows in rows_of(connection).items():
        found.add(f"{len(rows)} rows in {name}")
    return found


def reflected(connection: Connection) -> Iterator[str]:
    """Yield what SQLAlchemy knows."""
    inspector = inspect(connection)
    for schema in schemas(connection):
        columns = inspector.get_multi_columns(schema=schema)
        for key, found in columns.items():
            for number, column in enumerate(found):
                type_ = f"{column['type']!r}"
                rest = {**column, "type": type_, "number": number}
                yield line("column", key, rest)
        for kind, method in KINDS.items():
            for key, item in of_kind(inspector, method, schema).items():
                for each in item if isinstance(item, list) else [item]:
                    yield line(kind, key, each)


def of_kind(inspector: Inspector, method: str, schema: str | None) -> dict[Any, Any]:
    """Return what there is of a kind, by table: nothing if the database has none."""
    try:
        found: dict[Any, Any] = getattr(inspector, method)(schema=schema)
    except NotImplementedError:
        found = {}
    return {k: item for k, item in found.items() if item and item != {"text": None}}


def line(kind: str, key: tuple[str | None, str], item: Any) -> str:
    """Return one line for an object."""
    name = ".".join(filter(None, key))
    said = ", ".join(f"{k}={v!r}" for k, v in sorted(item.items()) if k != "name")
    return " ".join(f"{kind} {item.get('name') or ''} of {name}: {said}".split())


def rows_of(connection: Connection) -> dict[str, list[str]]:
    """Return the rows of each table, without the times when they were made."""
    found = {}
    for schema in schemas(connection):
        for name in inspect(connection).get_table_names(schema=schema):
            if name.startswith("alembic_version"):
                continue
            rows: Select[Any] = select(literal_column("*"))
            query = rows.select_from(table(name, schema=schema))
            found[".".join(filter(None, (schema, name)))] = sorted(
                str([v for v in row if not isinstance(v, (date, datetime, time))])
                for row in connection.execute(query)
            )
    return found


def schemas(_: Connection) -> list[None]:
    """Return the default schema."""
    return [None]
