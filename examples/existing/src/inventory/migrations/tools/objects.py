# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What a database holds, a line for each object: no order of columns, and no rows."""

import warnings
from collections.abc import Iterable, Iterator
from typing import Any, cast

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import SAWarning


def objects(migration: MigrationContext) -> set[str]:
    """Return the objects but for Alembic's own table."""
    inspector = inspect(cast("Connection", migration.connection))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # of what is not reflected
        return {
            line
            for schema in schemas(inspector)
            for table, line in lines(inspector, schema)
            if table != migration.version_table
        }


def schemas(inspector: Inspector) -> list[str | None]:
    """Return None for the default schema, and others in this database."""
    if inspector.dialect.name != "postgresql":
        return [None]  # other schemas of MySQL are other databases
    system = (inspector.default_schema_name, "information_schema")
    names = inspector.get_schema_names()
    others = [n for n in names if n not in system and not n.startswith("pg_")]
    return [None, *others]


def lines(inspector: Inspector, schema: str | None) -> Iterator[tuple[str, str]]:
    """Yield tables with a line for each object of theirs."""
    for table in inspector.get_table_names(schema=schema):
        yield table, f"table {path(schema, table)}"
    for view in inspector.get_view_names(schema=schema):
        yield view, f"view {path(schema, view)}"
    for kind, line in KINDS.items():
        found = getattr(inspector, f"get_multi_{kind}")(schema=schema)
        for (_, table), items in found.items():
            for item in items if isinstance(items, list) else [items]:
                yield table, line(path(schema, table), item)
    for enum in getattr(inspector, "get_enums", list)(*([schema] if schema else [])):
        yield "", f"enum {path(schema, enum['name'])} {names(enum['labels'])}"


def column(table: str, item: dict[str, Any]) -> str:
    """Return what a column may hold, and what it holds if nothing is said."""
    parts = [
        f"column {table}.{item['name']} {item['type']}",
        "" if item["nullable"] else "NOT NULL",
        f"DEFAULT {item['default']}" if item.get("default") else "",
        f"GENERATED {item['computed']['sqltext']}" if item.get("computed") else "",
        "IDENTITY" if item.get("identity") else "",
    ]
    return " ".join(filter(None, parts))


def primary_key(table: str, item: dict[str, Any]) -> str:
    """Return the columns of the primary key, of which a table may have none."""
    return f"primary key of {table} {names(item['constrained_columns'])}"


def foreign_key(table: str, item: dict[str, Any]) -> str:
    """Return what leads where, and what happens then."""
    target = path(item["referred_schema"], item["referred_table"])
    columns, referred = item["constrained_columns"], item["referred_columns"]
    options = " ".join(f"{k} {v}" for k, v in sorted(item["options"].items()))
    said = f"{names(columns)} to {target} {names(referred)} {options}"
    return f"foreign key of {table} {said}".rstrip()


def unique(table: str, item: dict[str, Any]) -> str:
    """Return the columns that are unique together."""
    return f"unique {item['name']} of {table} {names(item['column_names'])}"


def check(table: str, item: dict[str, Any]) -> str:
    """Return what rows must be like."""
    return f"check {item['name']} of {table}: {item['sqltext']}"


def index(table: str, item: dict[str, Any]) -> str:
    """Return what is indexed."""
    kind = "unique index" if item["unique"] else "index"
    parts = item.get("expressions") or item["column_names"]
    return f"{kind} {item['name']} of {table} {names(parts)}"


def path(schema: str | None, name: str) -> str:
    """Return the name with its schema, if that is not the default."""
    return f"{schema}.{name}" if schema else name


def names(parts: Iterable[str | None]) -> str:
    """Return a list in parentheses."""
    return f"({', '.join(map(str, parts))})"


KINDS = {  # by what SQLAlchemy calls them
    "columns": column,
    "pk_constraint": primary_key,
    "foreign_keys": foreign_key,
    "unique_constraints": unique,
    "check_constraints": check,
    "indexes": index,
}
