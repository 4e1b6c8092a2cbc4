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
SCHEMAS = """
    SELECT nspname FROM pg_namespace
    WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
"""
# What SQLAlchemy does not reflect.
DEFINITIONS = f"""
    WITH ours AS (SELECT oid, nspname FROM pg_namespace WHERE nspname IN ({SCHEMAS})),
    relation AS (
        SELECT c.*, nspname || '.' || relname AS path
        FROM pg_class c JOIN ours n ON n.oid = relnamespace
    )
    SELECT 'extension', extname::text, '' FROM pg_extension
    UNION ALL SELECT 'schema', nspname, '' FROM ours
    UNION ALL SELECT 'view', path, pg_get_viewdef(oid) FROM relation
      WHERE relkind IN ('v', 'm')
    UNION ALL SELECT 'sequence', path, concat_ws(' ', format_type(seqtypid, NULL),
        seqstart, seqincrement, seqmin, seqmax, seqcycle)
      FROM relation r JOIN pg_sequence ON seqrelid = r.oid
    UNION ALL SELECT 'table', path, concat_ws(' ', relpersistence, relrowsecurity,
        pg_get_partkeydef(oid), pg_get_expr(relpartbound, oid), relacl)
      FROM relation WHERE relkind IN ('r', 'p')
    UNION ALL SELECT 'index', path, pg_get_indexdef(oid) FROM relation
      WHERE relkind IN ('i', 'I')
    UNION ALL SELECT 'constraint', path || '.' || conname, pg_get_constraintdef(c.oid)
      FROM relation r JOIN pg_constraint c ON conrelid = r.oid WHERE contype <> 'n'
    UNION ALL SELECT 'trigger', path || '.' || tgname, pg_get_triggerdef(t.oid)
      FROM relation r JOIN pg_trigger t ON tgrelid = r.oid WHERE NOT tgisinternal
    UNION ALL SELECT 'policy', schemaname || '.' || tablename || '.' || policyname,
        concat_ws(' ', permissive, roles, cmd, qual, with_check) FROM pg_policies
    UNION ALL SELECT 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid)
      FROM pg_proc p JOIN ours n ON n.oid = pronamespace WHERE prokind IN ('f', 'p')
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
    UNION ALL SELECT 'type', nspname || '.' || typname, concat_ws(' ',
        format_type(typbasetype, typtypmod), typnotnull, typdefault,
        (SELECT string_agg(enumlabel, ', ' ORDER BY enumsortorder)
          FROM pg_enum WHERE enumtypid = t.oid),
        (SELECT string_agg(pg_get_constraintdef(c.oid), ', ' ORDER BY conname)
          FROM pg_constraint c WHERE contypid = t.oid AND contype = 'c'))
      FROM pg_type t JOIN ours n ON n.oid = typnamespace WHERE typtype IN ('d', 'e')
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


def schemas(connection: Connection) -> list[str]:
    """Return the schemas that hold what is ours."""
    return [*connection.scalars(text(SCHEMAS))]
