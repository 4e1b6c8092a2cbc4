# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which indexes of PostgreSQL are as the models say.

PostgreSQL says an index in its own words, with casts and parentheses. One that is told
in others is made on an empty table, and what PostgreSQL says then is compared.
"""

import logging
from functools import cached_property
from itertools import chain
from typing import Any, cast

from alembic.ddl._autogen import ComparisonResult
from sqlalchemy import Connection, Index, Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex

from .asking import AskingImpl
from .operations import as_server_gets_it
from .postgresql_index_text import elements, on_asked_table

log = logging.getLogger("alembic.autogenerate")

Key = tuple[str | None, str, str]  # schema, table and name

THERE = """
    SELECT nspname, t.relname, i.relname, pg_get_indexdef(indexrelid)
    FROM pg_index JOIN pg_class AS i ON i.oid = indexrelid
    JOIN pg_class AS t ON t.oid = indrelid
    JOIN pg_namespace AS n ON n.oid = t.relnamespace
    WHERE nspname NOT IN ('pg_catalog', 'pg_toast')
"""
# All at once, each undone before the next: one that fails ends no transaction.
CREATE = """
    CREATE FUNCTION pg_temp.alembic_ask(tables text[], indexes text[])
    RETURNS SETOF text LANGUAGE plpgsql AS $$
    DECLARE answer text;
    BEGIN
        FOR n IN 1 .. cardinality(tables) LOOP
            answer := '';
            BEGIN
                EXECUTE
                    'CREATE TEMPORARY TABLE alembic_asked (LIKE ' || tables[n] || ')';
                EXECUTE indexes[n];
                answer := pg_get_indexdef(indexrelid) FROM pg_index
                    WHERE indrelid = CAST('pg_temp.alembic_asked' AS regclass);
                RAISE 'undo';
            EXCEPTION WHEN OTHERS THEN
            END;
            RETURN NEXT answer;
        END LOOP;
    END $$
"""
CALL = """
    SELECT * FROM pg_temp.alembic_ask(CAST(:tables AS text[]), CAST(:indexes AS text[]))
"""


class IndexesImpl(AskingImpl):
    """Compares indexes with all that is theirs."""

    @cached_property
    def indexes(self) -> dict[Key, str]:
        """Return what the database says of its indexes."""
        default = self.dialect.default_schema_name
        rows = cast("Connection", self.connection).execute(text(THERE))
        return {
            (None if schema == default else schema, table, name): on_asked_table(
                definition
            )
            for schema, table, name, definition in rows
        }

    def told(self, index: Index) -> str:
        """Return what the database is told of an index."""
        create = str(CreateIndex(index).compile(dialect=self.dialect))
        return on_asked_table(as_server_gets_it(create, self.dialect))

    @cached_property
    def asked(self) -> dict[Key, str]:
        """Return what the database says of the models' indexes that differ in text."""
        models = self.context_opts["target_metadata"]
        tables = chain.from_iterable(each.tables.values() for each in models)
        others: dict[Key, tuple[str, str]] = {}
        for index in chain.from_iterable(table.indexes for table in tables):
            key, told = self.key_of(index), self.told(index)
            if self.indexes.get(key) not in (None, told):
                preparer = self.dialect.identifier_preparer
                table = preparer.format_table(cast("Table", index.table))
                others[key] = as_server_gets_it(table, self.dialect), told
        if not others:
            return {}
        on, create = map(list, zip(*others.values(), strict=True))
        connection = cast("Connection", self.connection)
        try:
            with connection.begin_nested():
                connection.execute(text(CREATE))
                questions = {"tables": on, "indexes": create}
                answers = connection.scalars(text(CALL), questions).all()
                connection.execute(text("DROP FUNCTION pg_temp.alembic_ask"))
        except DBAPIError as error:  # of a role that may make nothing temporary
            log.info("Can't ask about indexes: %s", error.orig)
            return {}
        return dict(zip(others, map(on_asked_table, answers), strict=True))

    def key_of(self, index: Index) -> Key:
        """Return what an index is found by."""
        table, preparer = cast("Table", index.table), self.dialect.identifier_preparer
        name = cast("Any", preparer).format_constraint(index, _alembic_quote=False)
        return table.schema, table.name, name

    def compare_indexes(
        self, metadata_index: Index, reflected_index: Index
    ) -> ComparisonResult:
        """Return whether the index of the model differs from that of the database."""
        key = self.key_of(metadata_index)
        there, told = self.indexes.get(key), self.told(metadata_index)
        if told == there:
            return ComparisonResult.Equal()
        if not there or not (asked := self.asked.get(key)):
            return super().compare_indexes(metadata_index, reflected_index)
        if asked == there:
            return ComparisonResult.Equal()
        if " COLLATE " in there or "_ops" in there:  # which are not reflected
            reflected_index.expressions = elements(there)
        return ComparisonResult.Different([f"{there} to {asked}"])
