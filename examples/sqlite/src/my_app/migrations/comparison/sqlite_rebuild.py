# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How a table is made anew, with all that is its own.

SQLite can't change most of a table. Alembic makes a new one of what SQLAlchemy knows of
the old one, which is not all. Here the CREATE TABLE that is there is changed where the
batch changes something; indexes and triggers come back by the statements that made
them. See https://sqlite.org/lang_altertable.html, section 7.
"""

from functools import partial
from typing import Any, cast

from alembic.operations.batch import ApplyBatchImpl
from alembic.util import CommandError
from sqlalchemy import event

from .sqlite_create_table import CreateTable
from .sqlite_rebuild_columns import change_columns, change_options, drop_columns
from .sqlite_rebuild_constraints import add_constraints, drop_constraints
from .sqlite_rebuild_table import DatabaseTable, Thing, copy_rows, rename_columns
from .sqlite_tokens import names, tokens


def rebuild(impl: Any, batch: ApplyBatchImpl) -> None:
    """Change a table as a batch says."""
    table = DatabaseTable(impl, batch)
    if table.execute("PRAGMA foreign_keys").scalar():
        raise CommandError(
            f"Foreign keys are on, and rows that refer to {table.name} would be "
            "deleted: change it outside the autocommit_block()"
        )
    with table.connection.begin_nested():
        rename_columns(batch, table)
        things = table.things()
        own = [each for each in things if each.table.lower() == table.name.lower()]
        created = next((each.sql for each in own if each.kind == "table"), "")
        if not created.startswith("CREATE TABLE"):
            raise CommandError(f"{table.name} is no table that can be made anew")
        old, new = CreateTable.of(created), CreateTable.of(created)
        gone = change(batch, new)
        refuse_if_used(gone, things, table)
        back = [each for each in own if comes_back(each, old, gone, batch)]
        if str(new) == created:
            lost = [each for each in own if each.kind == "index" and each not in back]
            for each in lost:
                table.execute(f"DROP INDEX {table.formatted(each.name)}")
        else:
            table.set_aside()
            table.create(str(new))
            copy_rows(batch, old, new, table)
            table.drop_old()
            for each in back:
                table.create(each.sql)
        for index in batch.new_indexes.values():
            impl.create_index(index)
    batch.indexes.clear()
    batch.new_indexes.clear()
    if not impl.back:
        listener = partial(make_way, table, impl.back)
        event.listen(table.connection, "before_cursor_execute", listener)
    impl.back |= {each.name.lower() for each in back}


def change(batch: ApplyBatchImpl, statement: CreateTable) -> set[str]:
    """Change the statement, and return the names of columns that are gone."""
    dialect = cast("Any", batch.impl.dialect)
    compiler = dialect.ddl_compiler(dialect, None)
    drop_constraints(batch, statement, compiler)
    gone = drop_columns(batch, statement, compiler)
    change_columns(batch, statement, compiler)
    add_constraints(batch, statement, compiler)
    change_options(batch.table_kwargs, statement)
    return gone


def comes_back(
    thing: Thing, old: CreateTable, gone: set[str], batch: ApplyBatchImpl
) -> bool:
    """Return whether an index or a trigger comes back with the table."""
    if thing.kind != "index":
        return thing.kind == "trigger"
    dropped = {str(each.name) for each in batch.table.indexes} - batch.indexes.keys()
    if thing.name in dropped or thing.name in batch.new_indexes:
        return False
    columns = {name.lower() for name in old.columns}
    used = names(tokens(thing.sql.partition("(")[2])) & columns
    if used & gone and used - gone:
        raise CommandError(
            f"{batch.table.name}.{min(used & gone)} can't be dropped before what needs "
            f"it: {thing.sql}"
        )
    return not used & gone


def refuse_if_used(gone: set[str], things: list[Thing], table: DatabaseTable) -> None:
    """Have SQLite rename the columns, to see which views and triggers use them."""
    others = [each for each in things if each.kind in ("view", "trigger")]
    if not any(names(tokens(each.sql)) & gone for each in others):
        return
    savepoint = table.connection.begin_nested()
    for name in gone:
        table.rename_column(name, f"_alembic_tmp_{name}")
    used = sorted({*others} - {*table.things()})
    savepoint.rollback()
    for each in used:
        raise CommandError(
            f"{', '.join(sorted(gone))} of {table.name} can't be dropped: the "
            f"{each.kind} {each.name} uses it; drop that first, and make it again after"
        )


def make_way(
    table: DatabaseTable, back: set[str], _: object, cursor: Any, sql: str, *__: object
) -> None:
    """Drop what came back when it is made again: the revision may not know it did."""
    if sql.lstrip()[:6].lower() != "create":
        return
    found = tokens(sql)
    words = [token.word for token in found[:4]]
    for kind in ("index", "trigger"):
        if kind in words and "if" not in words:
            name = found[words.index(kind) + 1].name
            if name.lower() in back:
                cursor.execute(f"DROP {kind} IF EXISTS {table.formatted(name)}")
