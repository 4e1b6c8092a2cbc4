# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""When MySQL and MariaDB drop an index that a foreign key needs."""

from typing import cast

from alembic.operations import ops
from sqlalchemy import Index, Table

from .mysql_index_changes import Indexes, begins, created, dropped
from .mysql_indexes import IndexesImpl
from .operations import OpList, executes


def drop_late(
    impl: IndexesImpl,
    table: Table,
    needs: list[list[str]],
    there: Indexes,
    changes: OpList,
) -> None:
    """Drop an index that is needed when its successor is there, or with it."""
    for op in [*changes]:
        name = dropped(op) or ""
        if not any(begins(there.get(name, []), columns) for columns in needs):
            continue
        creates = {str(i.name): c for c in changes if (i := created(c)) is not None}
        same = creates.get(name)
        if same is op:
            continue  # a primary key, which is dropped and added at once
        op.info["late"] = True
        if same:
            changes.remove(op)
            changes[changes.index(same)] = exchange(impl, table, same)


def exchange(
    impl: IndexesImpl, table: Table, create: ops.MigrateOperation
) -> ops.ExecuteSQLOp:
    """Return what drops an index and creates another of its name at once."""
    index = cast("Index", created(create))
    preparer = impl.dialect.identifier_preparer
    drop = f"DROP INDEX {preparer.quote(str(index.name))}"
    alter = f"ALTER TABLE {preparer.format_table(table)}"
    return executes(f"{alter} {drop}, ADD {impl.clause(index)}", impl.dialect)
