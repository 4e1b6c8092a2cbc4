# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""CREATE INDEX CONCURRENTLY may be run again after a migration that was killed."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, cast

from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, Index, Table, TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex

log = logging.getLogger("alembic.runtime.migration")
# With this paramstyle it doubles no percent sign.
DIALECT = cast("Any", postgresql.dialect)(paramstyle="named")


@contextmanager
def repeatable(migration: MigrationContext) -> Iterator[None]:
    """Have an index built only if it isn't there, or is there and not valid."""
    impl = migration.impl
    create = impl.create_index

    def create_index(index: Index, **options: Any) -> None:
        connection = cast("Connection", migration.connection)
        concurrently = index.dialect_options["postgresql"]["concurrently"]
        if not concurrently or Left(connection, index).is_none():
            create(index, **options)

    def autocommit_block() -> NoReturn:
        raise CommandError(
            "The revision has statements that must be outside a transaction: give an"
            " engine, or a connection that is in none"
        )

    vars(impl)["create_index"] = create_index
    if cast("Connection", migration.connection).in_transaction():  # of its owner
        vars(migration)["autocommit_block"] = autocommit_block
    try:
        yield
    finally:
        del vars(impl)["create_index"]
        vars(migration).pop("autocommit_block", None)


class Left:
    """What is there of an index."""

    def __init__(self, connection: Connection, index: Index) -> None:
        """Take the index as it will be."""
        self.connection = connection
        self.index = index
        preparer = DIALECT.identifier_preparer
        cut = preparer.truncate_and_render_index_name
        self.bare_name = cut(index.name, _alembic_quote=False)
        self.name = preparer.quote(self.bare_name)
        table = cast("Table", index.table)
        translate = connection.get_execution_options().get("schema_translate_map") or {}
        schema = translate.get(table.schema, table.schema)
        prefix = f"{preparer.quote_schema(schema)}." if schema else ""
        self.table = prefix + preparer.quote(table.name)

    def is_none(self) -> bool:
        """Drop what isn't valid, and return whether the index is to be built."""
        found = self.find()
        if any(not valid for *_, valid, _ in found):
            # By now it may be: the server ends a statement after its client.
            self.execute(f"LOCK TABLE {self.table} IN SHARE UPDATE EXCLUSIVE MODE")
            found = self.find()
        for oid, name, valid, same_table in found:
            if not same_table:
                raise CommandError(f"{name} is an index of another table: rename it")
            if not valid:
                log.info("Index %s is not valid: it is dropped", name)
                self.connection.execute(sql(f"DROP INDEX CONCURRENTLY {name}"))
                continue
            self.compare(oid, name)
            log.info("Index %s is there already", name)
            return False
        return True

    def find(self) -> list[tuple[int, str, bool, bool]]:
        """Return the index and what REINDEX CONCURRENTLY left of it."""
        query = text(r"""
            SELECT c.oid, c.oid::regclass::text, indisvalid, indrelid = t.oid
            FROM pg_class t JOIN pg_class c ON c.relnamespace = t.relnamespace
            JOIN pg_index ON indexrelid = c.oid
            WHERE t.oid = to_regclass(:table) AND (c.relname = :name OR (
                indrelid = t.oid AND NOT indisvalid AND c.relname ~ '_cc(new|old)\d*$'
                AND starts_with(:name, regexp_replace(c.relname, '_cc[a-z]+\d*$', ''))
            ))
            ORDER BY indisvalid
        """)
        values = {"table": self.table, "name": self.bare_name}
        rows = self.connection.execute(query, values)
        return [(oid, found, valid, same) for oid, found, valid, same in rows]

    def compare(self, oid: int, name: str) -> None:
        """Refuse an index that has another definition, seen on a copy of the table."""
        table = cast("Table", self.index.table)
        options = self.index.dialect_options["postgresql"]
        before = table.name, table.schema
        table.name, table.schema = "migration_copy", "pg_temp"
        options["concurrently"] = False
        try:
            create = CreateIndex(self.index).compile(dialect=DIALECT)
        finally:
            table.name, table.schema = before
            options["concurrently"] = True
        definition = "regexp_replace(pg_get_indexdef({}), ' ON .*? USING ', ' USING ')"
        wanted = definition.format(literal(f"pg_temp.{self.name}") + "::regclass")
        self.execute(f"""
            CREATE TEMPORARY TABLE migration_copy (LIKE {self.table}) ON COMMIT DROP;
            {create};
            IF {definition.format(oid)} <> {wanted} THEN
                RAISE EXCEPTION 'index % is there and is another one: rename it',
                    {literal(name)};
            END IF
        """)

    def execute(self, statements: str) -> None:
        """Execute these in a transaction."""
        self.connection.execute(
            sql(f"DO $migration$ BEGIN {statements}; END $migration$")
        )


def sql(statement: str) -> TextClause:
    """Return a statement without parameters."""
    return text(statement.replace(":", "\\:"))


def literal(value: str) -> str:
    """Return a string as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"
