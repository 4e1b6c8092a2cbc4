# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What of a change waits until the old code is gone.

It takes what the old code uses, or adds what that could break. All else is done before
the new code comes, also to take what the new code could break.
"""

import re
from typing import Any

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from .foreign_keys import target
from .names import mentions
from .operations import OpList, new_column_names, new_table_name
from .order import table_key
from .postgresql_anew import TypeOp
from .postgresql_constraint_changes import AddUniqueOp
from .postgresql_outside import table_of

ALONE = r"(CREATE|DROP) (SCHEMA|SEQUENCE)\b"
GIVES = ops.CreateTableOp | ops.AddColumnOp
TAKES = ops.DropTableOp | ops.DropColumnOp


class Change:
    """A change of the models, which is an upgrade and a downgrade."""

    def __init__(self, context: MigrationContext, ups: OpList, downs: OpList) -> None:
        """Take the operations of both."""
        self.models = context.opts["target_metadata"]
        self.created, self.dropped = (
            {table_of(op) for op in each if isinstance(op, ops.CreateTableOp)}
            for each in (ups, downs)
        )
        self.columns = {
            (table_of(op), op.column.name)
            for op in ups
            if isinstance(op, ops.AddColumnOp)
        }
        # Tables to which a new foreign key may lead only when the old code is gone.
        self.keys: set[str] = set()
        self.keys = {table_key(op) for op in ups if is_key(op) and self.waits(op, up=True)}
        if any(map(is_one, (ups, downs))) or may_rename(context, ups):
            self.whole = any(self.waits(op, up=True) for op in ups)

    whole: bool | None = None  # whether all of it waits, if it can't be parted

    def waits(self, op: ops.MigrateOperation, *, up: bool) -> bool:
        """Return whether an operation waits, or undoes one that does."""
        if self.whole is not None:
            return self.whole
        op = op.unique if isinstance(op, AddUniqueOp) else op
        table = table_of(op)
        drops = isinstance(op, ops.DropConstraintOp | ops.DropIndexOp)
        thing: Any = op.reverse() if drops else op
        if table in self.created and not isinstance(thing, ops.CreateForeignKeyOp):
            return False
        if table in self.dropped and not isinstance(thing, ops.CreateForeignKeyOp):
            return True
        if isinstance(thing, ops.AddConstraintOp) or getattr(thing, "unique", None):
            return not self.is_new(thing) and drops != up
        if isinstance(thing, ops.CreateIndexOp):
            return drops == up
        if isinstance(op, ops.AlterColumnOp):
            to = op.modify_nullable
            return to is not None and to != up
        if isinstance(op, ops.ExecuteSQLOp):
            return str(op.sqltext).startswith("DROP " if up else "CREATE ")
        return isinstance(op, TAKES if up else GIVES)

    def is_new(self, thing: Any) -> bool:
        """Return whether a constraint is on columns alone that the old code has not."""
        table = table_of(thing)
        if isinstance(thing, ops.CreateForeignKeyOp):
            if target(thing) in self.keys:
                return False
            names = thing.local_cols
        elif isinstance(thing, ops.CreateCheckConstraintOp):
            told = str(thing.condition)
            found = [each.tables.get(table_key(thing)) for each in self.models]
            every = [column for each in found if each is not None for column in each.columns]
            names = [column.name for column in every if mentions(told, column.name)]
        else:
            names = [str(column) for column in thing.columns]
        new = all((table, name) in self.columns for name in names)
        return table in self.created or (bool(names) and new)


def is_key(op: ops.MigrateOperation) -> bool:
    """Return whether an operation makes columns unique."""
    return isinstance(op, ops.CreateUniqueConstraintOp | AddUniqueOp) or (
        isinstance(op, ops.CreateIndexOp) and bool(op.unique)
    )


def is_primary_key(op: ops.MigrateOperation) -> bool:
    """Return whether an operation is on a primary key, with which its columns go."""
    return getattr(op, "constraint_type", None) in ("primary", "primarykey")


def may_rename(context: MigrationContext, operations: OpList) -> bool:
    """Return whether what is dropped may be what is added, under its old name."""
    return any(
        isinstance(op, ops.DropColumnOp)
        and new_column_names(op, operations, context.impl)
        or isinstance(op, ops.DropTableOp)
        and new_table_name(op, operations)
        for op in operations
    )


def is_one(operations: OpList) -> bool:
    """Return whether these must stay together, in their order.

    So are changes of keys and types that are SQL, and a column that is made anew.
    """
    gone = {
        (table_of(op), op.column_name)
        for op in operations
        if isinstance(op, ops.DropColumnOp)
    }
    for op in operations:
        if isinstance(op, ops.ExecuteSQLOp) and not isinstance(op, TypeOp | AddUniqueOp):
            if not re.match(ALONE, str(op.sqltext)):
                return True
        elif isinstance(op, ops.AddColumnOp) and (table_of(op), op.column.name) in gone:
            return True
        elif is_primary_key(op):
            return True
    return False
