# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which indexes of PostgreSQL are as the models say.

PostgreSQL says an index in its own words, with casts and parentheses. One that is told
in others is made on an empty table, and what PostgreSQL says then is compared.
"""

import logging
import re
from functools import cached_property
from itertools import chain
from typing import Any, cast

from alembic.ddl._autogen import ComparisonResult
from sqlalchemy import ColumnElement, Connection, Index, Table, literal_column, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex

from .asking import AskingImpl
from .operations import as_server_gets_it

log = logging.getLogger("alembic.autogenerate")
OnTable = tuple[str | None, str, str]  # schema, table and name

NAME = r'(?:"(?:[^"]|"")+"|[^\s".]+)'
HEAD = re.compile(
    rf"CREATE (UNIQUE )?INDEX (?:CONCURRENTLY )?{NAME}"
    rf" ON (?:ONLY )?(?:{NAME}\.)?{NAME} (?:USING (\w+) )?"
)
# Where a string is text by way of VARCHAR: so it stays when its column becomes TEXT.
STRING = r"('(?:[^']|'')*')::character varying"
TEXT = r"\1::text"
OF_VARCHAR = re.compile(rf"\({STRING}\)::text")
ALL_OF_VARCHAR = re.compile(rf"\(ARRAY\[({STRING}(?:, {STRING})*)\]\)::text\[\]")
# A string, a name, or what else is no parenthesis and no comma.
TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[(),]|[^'"(),]+""")

THERE = """
    SELECT nspname, t.relname, i.relname, pg_get_indexdef(indexrelid)
    FROM pg_index JOIN pg_class i ON i.oid = indexrelid
    JOIN pg_class t ON t.oid = indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
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
    def indexes(self) -> dict[OnTable, str]:
        """Return what the database says of its indexes."""
        default = self.dialect.default_schema_name
        rows = cast("Connection", self.connection).execute(text(THERE))
        return {
            (None if schema == default else schema, table, name): on_asked_table(made)
            for schema, table, name, made in rows
        }

    def told(self, index: Index) -> str:
        """Return what the database is told of an index."""
        create = str(CreateIndex(index).compile(dialect=self.dialect))
        return on_asked_table(as_server_gets_it(create, self.dialect))

    @cached_property
    def asked(self) -> dict[OnTable, str]:
        """Return what the database says of the models' indexes that differ in text."""
        models = self.context_opts["target_metadata"]
        of_models = chain.from_iterable(each.tables.values() for each in models)
        others: dict[OnTable, tuple[str, str]] = {}
        for index in chain.from_iterable(table.indexes for table in of_models):
            key, told = self.key_of(index), self.told(index)
            if self.indexes.get(key) not in (None, told):
                table = cast("Table", index.table)
                on = self.dialect.identifier_preparer.format_table(table)
                others[key] = as_server_gets_it(on, self.dialect), told
        if not others:
            return {}
        tables, creates = map(list, zip(*others.values(), strict=True))
        connection = cast("Connection", self.connection)
        try:
            with connection.begin_nested():
                connection.execute(text(CREATE))
                questions = {"tables": tables, "indexes": creates}
                answers = connection.scalars(text(CALL), questions).all()
                connection.execute(text("DROP FUNCTION pg_temp.alembic_ask"))
        except DBAPIError as error:  # of a role that may make nothing temporary
            log.info("Can't ask about indexes: %s", error.orig)
            return {}
        return dict(zip(others, map(on_asked_table, answers), strict=True))

    def key_of(self, index: Index) -> OnTable:
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
        asked = told if told == there else self.asked.get(key)
        if not there or not asked:
            return super().compare_indexes(metadata_index, reflected_index)
        if asked == there:
            return ComparisonResult.Equal()
        if " COLLATE " in there or "_ops" in there:  # which are not reflected
            reflected_index.expressions = elements(there)
        return ComparisonResult.Different([f"{there} to {asked}"])


def on_asked_table(definition: str) -> str:
    """Return the statement that makes the same index on the table that is asked."""
    if not (head := HEAD.match(definition)):
        return ""
    rest = OF_VARCHAR.sub(TEXT, definition[head.end() :])
    rest = ALL_OF_VARCHAR.sub(lambda m: f"ARRAY[{re.sub(STRING, TEXT, m[1])}]", rest)
    start = f"CREATE {head[1] or ''}INDEX ON pg_temp.alembic_asked"
    return f"{start} USING {head[2] or 'btree'} {rest}"


def elements(statement: str) -> list[str | ColumnElement[Any]]:
    """Return columns and expressions, each with its collation, class and order."""
    found, depth = [""], 0
    for part in TOKEN.findall(statement.partition("(")[2]):
        depth += {"(": 1, ")": -1}.get(part, 0)
        if depth < 0:
            break
        if depth == 0 and part == ",":
            found.append("")
        else:
            found[-1] += part
    return [literal_column(each.strip()) for each in found]
