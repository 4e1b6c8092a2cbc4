# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""In which order tables are created and dropped, and foreign keys with them."""

from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import ForeignKeyConstraint, MetaData
from sqlalchemy.schema import sort_tables_and_constraints

from .names import made_up
from .operations import OpList


def order_tables(
    _: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Create tables before those that refer to them, and drop them after."""
    order_one_way(upgrade, downgrade)
    order_one_way(downgrade, upgrade)
    put_foreign_keys_around(upgrade)
    put_foreign_keys_around(downgrade)


def order_one_way(creating: ops.OpContainer, dropping: ops.OpContainer) -> None:
    """Order what one direction creates and the other drops."""
    created = [op for op in creating.ops if isinstance(op, ops.CreateTableOp)]
    creates = {table_key(op): op for op in created}
    removed = [op for op in dropping.ops if isinstance(op, ops.DropTableOp)]
    drops = {table_key(op): op for op in removed}
    tables = MetaData()
    for op in creates.values():
        op.to_table().to_metadata(tables)

    def circle_or_outside(constraint: ForeignKeyConstraint) -> bool | None:
        return constraint.use_alter or referred(constraint) not in tables.tables or None

    ordered = cast("Any", sort_tables_and_constraints)(
        tables.tables.values(), circle_or_outside
    )
    keys = [str(table.key) for table, _ in ordered if table is not None]
    circular = {
        (constraint.table.key, tuple(constraint.column_keys))
        for constraint in ordered[-1][1]
        if referred(constraint) in tables.tables
    }
    added: OpList = []
    dropped: OpList = []
    for key, op in creates.items():
        for item in list(op.columns):
            if not isinstance(item, ForeignKeyConstraint):
                continue
            item.use_alter = False  # with it, CREATE TABLE leaves the foreign key out
            apart = item.info.get("apart") or (key, tuple(item.column_keys)) in circular
            if apart:
                add, drop = take_out(item, op)
                added.append(add)
                dropped.append(drop)
    creating.ops = [
        *of_tables(creating.ops, keys),
        *(op for op in creating.ops if table_key(op) not in creates),
        *added,
    ]
    dropping.ops = [
        *dropped,
        *(op for op in dropping.ops if table_key(op) not in drops),
        *of_tables(dropping.ops, [key for key in reversed(keys) if key in drops]),
    ]


def take_out(
    key: ForeignKeyConstraint, op: ops.CreateTableOp
) -> tuple[ops.CreateForeignKeyOp, ops.DropConstraintOp]:
    """Take a foreign key out of a new table: return what adds it, and what drops it."""
    op.columns = [item for item in op.columns if item is not key]
    key.name = key.name or made_up("fk", op.table_name, key.column_keys)
    add = ops.CreateForeignKeyOp.from_constraint(key)
    return add, ops.DropConstraintOp.from_constraint(key)


def put_foreign_keys_around(container: ops.OpContainer) -> None:
    """Drop foreign keys before all other changes, and add them after.

    Each needs tables, columns, keys and indexes that these changes give or take.
    """
    first: OpList = []
    last: OpList = []
    for table in container.ops:
        if isinstance(table, ops.ModifyTableOps):
            drops = [op for op in table.ops if drops_foreign_key(op)]
            adds = [op for op in table.ops if isinstance(op, ops.CreateForeignKeyOp)]
            table.ops = [op for op in table.ops if op not in (*drops, *adds)]
            name, schema = table.table_name, table.schema
            first += [ops.ModifyTableOps(name, drops, schema=schema)] if drops else []
            last += [ops.ModifyTableOps(name, adds, schema=schema)] if adds else []
    rest = [op for op in container.ops if getattr(op, "ops", True)]
    container.ops = [*first, *rest, *last]


def drops_foreign_key(op: object) -> bool:
    """Return whether an operation drops a foreign key."""
    return isinstance(op, ops.DropConstraintOp) and op.constraint_type == "foreignkey"


def of_tables(operations: OpList, keys: list[str]) -> OpList:
    """Return the operations on these tables, table by table."""
    return [op for key in keys for op in operations if table_key(op) == key]


def table_key(op: object) -> str:
    """Return the key of an operation's table in its MetaData."""
    schema, name = getattr(op, "schema", None), getattr(op, "table_name", None)
    return f"{schema}.{name}" if schema else str(name)


def referred(constraint: ForeignKeyConstraint) -> str:
    """Return the key of the table to which a foreign key leads."""
    return constraint.elements[0].target_fullname.rpartition(".")[0]
