# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which indexes are new, changed or gone: Alembic compares column names alone."""

from typing import Any, cast

from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, TextClause, text
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.schema import CreateIndex

from .operations import as_text
from .sqlite_statements import StatementsImpl, tables_of_main
from .sqlite_tokens import Token, in_parentheses, sql, tokens


def change_indexes(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Create indexes that are new or not the same, and drop those of no model."""
    impl = cast("StatementsImpl", context.impl)
    compared = {table.name for table in tables_of_main(impl)}
    created = {op.table_name for op in upgrade.ops if isinstance(op, ops.CreateTableOp)}
    dropped = {op.table_name for op in upgrade.ops if isinstance(op, ops.DropTableOp)}
    there = statements(context)
    for name in sorted(there.keys() | impl.indexes.keys()):
        table, statement = there.get(name, ("", ""))
        index: Any = impl.indexes.get(name)
        old = create(name, table, statement) if table in compared | dropped else None
        new = None
        if index is not None and index.table.name in compared | created:
            new = ops.CreateIndexOp.from_index(index)
            compiled = str(CreateIndex(index).compile(dialect=context.dialect))
            if (table, signature(statement)) == (index.table.name, signature(compiled)):
                continue
        if not is_included(context, old, new):
            continue
        if old:
            downgrade.ops.append(old)
            if table in compared:  # and does not go with its table
                upgrade.ops.insert(0, old.reverse())
        if new:
            upgrade.ops.append(new)
            if new.table_name in compared:
                downgrade.ops.insert(0, new.reverse())


def statements(context: MigrationContext) -> dict[str, tuple[str, str]]:
    """Return the table and the statement of each index, but those of constraints."""
    query = "SELECT name, tbl_name, sql FROM sqlite_master"
    query += " WHERE type = 'index' AND sql <> ''"
    rows = cast("Connection", context.connection).exec_driver_sql(query)
    filters = AutogenContext(context)
    return {
        name: (table, statement)
        for name, table, statement in rows
        if filters.run_name_filters(
            name, "index", {"schema_name": None, "table_name": table}
        )
    }


def is_included(
    context: MigrationContext,
    old: ops.CreateIndexOp | None,
    new: ops.CreateIndexOp | None,
) -> bool:
    """Return what include_object() says of an index, if there is one."""
    before, after = old.to_index() if old else None, new.to_index() if new else None
    index = before if after is None else after
    if index is None:
        return False
    filters, other = AutogenContext(context), None if after is None else before
    return filters.run_object_filters(index, index.name, "index", after is None, other)


def signature(statement: str) -> list[str]:
    """Return what an index is, however it is written."""
    found = tokens(statement)
    start = next((n for n, token in enumerate(found) if token.text == "("), 0)
    unique = [token for token in found[:2] if token.word == "unique"]
    return [
        token.name.lower() if token.kind in ("word", "quoted") else token.text
        for token in unique + found[start:]
        if token.word != "asc"
    ]


def create(name: str, table: str, statement: str) -> ops.CreateIndexOp:
    """Return the operation that makes an index as it is."""
    found = tokens(statement)
    items, where = in_parentheses(found)
    columns: list[str | TextClause] = [element(item) for item in items]
    options: dict[str, Any] = {"unique": found[1].word == "unique"}
    if where:
        options["sqlite_where"] = expression(where[1:])
    return ops.CreateIndexOp(name, table, columns, **options)


def element(item: list[Token]) -> str | TextClause:
    """Return a column, or an expression."""
    return item[0].name if len(item) == 1 else expression(item)


def expression(found: list[Token]) -> TextClause:
    """Return an expression as SQLAlchemy takes it."""
    return text(as_text(sql(found).strip(), DefaultDialect()))
