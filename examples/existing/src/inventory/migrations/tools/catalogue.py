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
OF_EXTENSION = """
    EXISTS (SELECT FROM pg_depend
      WHERE classid = '{0}'::regclass AND objid = {0}.oid AND deptype = 'e')
"""
SCHEMAS = f"""
    SELECT nspname FROM pg_namespace
    WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
    AND NOT {OF_EXTENSION.format("pg_namespace")}
"""
TABLES_OF_EXTENSIONS = f"""
    SELECT nspname, relname FROM pg_class
    JOIN pg_namespace n ON n.oid = relnamespace WHERE {OF_EXTENSION.format("pg_class")}
"""
# What SQLAlchemy does not reflect.
DEFINITIONS = f"""
    WITH ours AS (SELECT oid, nspname FROM pg_namespace WHERE nspname IN ({SCHEMAS})),
    relation AS (
        SELECT pg_class.*, nspname || '.' || relname AS path
        FROM pg_class JOIN ours n ON n.oid = relnamespace
        WHERE NOT {OF_EXTENSION.format("pg_class")}
    )
    SELECT 'extension', extname::text, '' FROM pg_extension
      WHERE extname <> 'plpgsql'
    UNION ALL SELECT 'schema', nspname, '' FROM ours WHERE nspname <> 'public'
    UNION ALL SELECT 'view', path, pg_get_viewdef(oid) FROM relation
      WHERE relkind IN ('v', 'm')
    UNION ALL SELECT 'sequence', path, concat_ws(' ', format_type(seqtypid, NULL),
        seqstart, seqincrement, seqmin, seqmax, seqcycle)
      FROM relation r JOIN pg_sequence ON seqrelid = r.oid
    UNION ALL SELECT 'table', path, concat_ws(' ', relpersistence, relrowsecurity,
        pg_get_partkeydef(oid), pg_get_expr(relpartbound, oid))
      FROM relation WHERE relkind IN ('r', 'p')
    UNION ALL SELECT 'privileges', path, relacl::text FROM relation
      WHERE relacl IS NOT NULL
    UNION ALL SELECT 'definition', path, pg_get_indexdef(oid) FROM relation
      WHERE relkind IN ('i', 'I')
    UNION ALL SELECT 'definition', path || '.' || conname, pg_get_constraintdef(c.oid)
      FROM relation r JOIN pg_constraint c ON conrelid = r.oid WHERE contype <> 'n'
    UNION ALL SELECT 'trigger', path || '.' || tgname, pg_get_triggerdef(t.oid)
      FROM relation r JOIN pg_trigger t ON tgrelid = r.oid WHERE NOT tgisinternal
    UNION ALL SELECT 'policy', schemaname || '.' || tablename || '.' || policyname,
        concat_ws(' ', permissive, roles, cmd, qual, with_check) FROM pg_policies
    UNION ALL SELECT 'function', pg_proc.oid::regprocedure::text,
        pg_get_functiondef(pg_proc.oid)
      FROM pg_proc JOIN ours n ON n.oid = pronamespace WHERE prokind IN ('f', 'p')
      AND NOT {OF_EXTENSION.format("pg_proc")}
    UNION ALL SELECT 'type', nspname || '.' || typname, concat_ws(' ',
        format_type(typbasetype, typtypmod), typnotnull, typdefault,
        (SELECT string_agg(enumlabel, ', ' ORDER BY enumsortorder)
          FROM pg_enum WHERE enumtypid = pg_type.oid),
        (SELECT string_agg(pg_get_constraintdef(c.oid), ', ' ORDER BY conname)
          FROM pg_constraint c WHERE contypid = pg_type.oid AND contype = 'c'))
      FROM pg_type JOIN ours n ON n.oid = typnamespace WHERE typtype IN ('d', 'e')
      AND NOT {OF_EXTENSION.format("pg_type")}
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
    others = of_extensions(migration)
    for schema in schemas(migration):
        for kind in KINDS.keys() - ({} if exact else EXACT):
            try:
                found = getattr(inspector, KINDS[kind])(schema=schema)
            except NotImplementedError:  # the database has none
                continue
            for key, items in found.items():
                if key[1] != migration.version_table and key not in others:
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
    others = of_extensions(migration)
    for schema in schemas(migration):
        for name in inspect(connection).get_table_names(schema=schema):
            if name == migration.version_table or (schema, name) in others:
                continue
            rows: Select[Any] = select(literal_column("*"))
            query = rows.select_from(table(name, schema=schema))
            found[".".join(filter(None, (schema, name)))] = sorted(
                str([v for v in row if not isinstance(v, (date, datetime, time))])
                for row in connection.execute(query)
            )
    return found


def schemas(migration: MigrationContext) -> list[str | None]:
    """Return the schemas that hold what is ours, of which the default has no name."""
    connection = cast("Connection", migration.connection)
    default = inspect(connection).default_schema_name
    names = connection.scalars(text(SCHEMAS.replace(":", r"\:")))
    return [None if name == default else name for name in names]


def of_extensions(migration: MigrationContext) -> set[tuple[str | None, str]]:
    """Return the tables that came with an extension."""
    connection = cast("Connection", migration.connection)
    default = inspect(connection).default_schema_name
    found = connection.execute(text(TABLES_OF_EXTENSIONS.replace(":", r"\:")))
    return {(None if schema == default else schema, name) for schema, name in found}
