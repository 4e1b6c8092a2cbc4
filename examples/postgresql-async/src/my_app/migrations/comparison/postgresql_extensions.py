# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What extensions of PostgreSQL made."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import cast

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from .schemas import Item

# By extension, the module from which SQLAlchemy learns its types.
MODULES = {"postgis": "geoalchemy2", "vector": "pgvector.sqlalchemy"}


def extensions(migration: MigrationContext) -> set[str]:
    """Return the extensions, and have SQLAlchemy know their types."""
    connection = cast("Connection", migration.connection)
    names = {*connection.scalars(text("SELECT extname FROM pg_extension"))}
    for name in names & MODULES.keys():  # also if no model has one of its types
        if find_spec(MODULES[name].partition(".")[0]):
            import_module(MODULES[name])
    return names


def foreign_items(migration: MigrationContext) -> set[Item]:
    """Return what others than the models have made, and no model has."""
    names = extensions(migration)
    foreign = {*foreign_tables(migration)}
    if names - {"plpgsql"}:
        foreign |= {*foreign_schemas(migration)}
    if "timescaledb" in names:
        foreign |= {*made_by_timescaledb(migration)}
    for models in migration.opts["target_metadata"]:
        for table in models.tables.values():
            foreign.discard(("schema", None, None, table.schema))
            foreign.discard(("table", table.schema, None, table.name))
            for index in table.indexes:
                foreign.discard(("index", table.schema, table.name, str(index.name)))
    return foreign


def foreign_schemas(migration: MigrationContext) -> Iterator[Item]:
    """Yield the schemas of extensions, such as _timescaledb_internal."""
    connection = cast("Connection", migration.connection)
    schemas = text("""
        SELECT nspname FROM pg_namespace n JOIN pg_depend ON objid = n.oid
        WHERE deptype = 'e' AND classid = 'pg_namespace'::regclass
    """)
    for schema in connection.scalars(schemas):
        yield "schema", None, None, schema


def foreign_tables(migration: MigrationContext) -> Iterator[Item]:
    """Yield what extensions own, partitions, and what only search_path shows."""
    connection = cast("Connection", migration.connection)
    tables = text("""
        SELECT nspname, relname, visible, theirs
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace, LATERAL (
            SELECT pg_table_is_visible(c.oid) AS visible,
            relispartition OR EXISTS (
                SELECT FROM pg_depend WHERE deptype = 'e'
                AND classid = 'pg_class'::regclass AND objid = c.oid
            ) AS theirs
        ) AS said
        WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND (visible OR theirs)
    """)
    for schema, name, visible, theirs in connection.execute(tables):
        if theirs:  # such as PostGIS' spatial_ref_sys
            yield "table", schema, None, name
        if visible and (theirs or schema != migration.dialect.default_schema_name):
            yield "table", None, None, name


def made_by_timescaledb(migration: MigrationContext) -> Iterator[Item]:
    """Yield chunks of hypertables, and the indexes that create_hypertable() makes."""
    connection = cast("Connection", migration.connection)
    view = "SELECT to_regclass('timescaledb_information.dimensions')::text"
    if not connection.scalar(text(view)):
        return
    chunks = text("""
        SELECT nspname, relname FROM pg_inherits
        JOIN pg_class c ON c.oid = inhrelid JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname <> '_timescaledb_internal' AND inhparent IN (
            SELECT format('%I.%I', hypertable_schema, hypertable_name)::regclass
            FROM timescaledb_information.hypertables
        )
    """)
    for schema, name in connection.execute(chunks):
        yield "table", schema, None, name
        yield "table", None, None, name
    indexes = text("""
        WITH dimension AS (
            SELECT hypertable_schema AS schemaname, hypertable_name AS tablename,
                dimension_type AS kind, quote_ident(column_name) AS name
            FROM timescaledb_information.dimensions
        ), made AS (
            SELECT schemaname, tablename, name || ' DESC' AS keys
            FROM dimension WHERE kind = 'Time'
            UNION SELECT schemaname, tablename,
                space.name || ', ' || time.name || ' DESC'
            FROM dimension time JOIN dimension space USING (schemaname, tablename)
            WHERE time.kind = 'Time' AND space.kind = 'Space'
        )
        SELECT schemaname, tablename, indexname
        FROM made JOIN pg_indexes USING (schemaname, tablename)
        WHERE indexdef LIKE 'CREATE INDEX %' AND indexname ~ '_idx[0-9]*$'
        AND split_part(indexdef, ' USING btree ', 2) = '(' || keys || ')'
    """)
    default = migration.dialect.default_schema_name
    for schema, table, name in connection.execute(indexes):
        yield "index", None if schema == default else schema, table, name
