# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""In which order MySQL and MariaDB change a table."""

from typing import cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Index, Table

from .mysql_index_parts import Indexes, begins, created, dropped
from .mysql_indexes import IndexesImpl
from .mysql_primary_keys import PrimaryKeyOp
from .operations import OpList, executes


def order_changes(
    _: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Order the changes of each table by what they need: Alembic turns them round."""
    for container in (upgrade, downgrade):
        for table in container.ops:
            if isinstance(table, ops.ModifyTableOps):
                table.ops.sort(key=place)


# The first that fits: a PrimaryKeyOp is an ExecuteSQLOp too.
PLACES: dict[type[ops.MigrateOperation], int] = {
    ops.DropIndexOp: 0,
    ops.DropConstraintOp: 0,
    ops.AddColumnOp: 1,
    ops.AlterColumnOp: 2,
    ops.CreateIndexOp: 3,
    ops.CreateUniqueConstraintOp: 3,
    PrimaryKeyOp: 4,
    ops.ExecuteSQLOp: 3,
    ops.DropColumnOp: 6,
    ops.AddConstraintOp: 7,
}


def place(op: ops.MigrateOperation) -> int:
    """Return when an operation comes; some wait for the next index or key."""
    if op.info.get("late"):
        return 5
    return next((n for kind, n in PLACES.items() if isinstance(op, kind)), 2)


def leave_indexes_to_drop_table(
    _: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Drop no index of a table that is dropped next: a foreign key may need it."""
    for container in (upgrade, downgrade):
        drops = [op for op in container.ops if isinstance(op, ops.DropTableOp)]
        dropped = {(op.schema, op.table_name) for op in drops}
        for op in container.ops:
            if (
                isinstance(op, ops.ModifyTableOps)
                and (op.schema, op.table_name) in dropped
            ):
                op.ops = [o for o in op.ops if not isinstance(o, ops.DropIndexOp)]


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
