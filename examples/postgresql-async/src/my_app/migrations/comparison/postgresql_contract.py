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

from .keys import target
from .names import mentions
from .operations import OpList
from .order import table_key
from .postgresql_constraint_changes import AddUniqueOp
from .postgresql_outside import changes_type, is_primary_key, table_of, undone
from .postgresql_recreate_types import TypeOp
from .postgresql_renames import may_rename

ALONE = r"(CREATE|DROP) (SCHEMA|SEQUENCE)\b"
GIVES = ops.CreateTableOp | ops.AddColumnOp
TAKES = ops.DropTableOp | ops.DropColumnOp


class Stage:
    """What is dropped, what changes then, and what is added at last."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.dropped: OpList = []
        self.change: OpList = []
        self.indexes: OpList = []
        self.constraints: OpList = []

    @property
    def added(self) -> OpList:
        """What is added, indexes first: foreign keys need some."""
        return [*self.indexes, *self.constraints]


class Change:
    """A change of the models, which is an upgrade and a downgrade."""

    whole: bool | None = None  # whether all of it waits, if it can't be parted

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
        # An index stands in the way of another type of its column.
        self.types = {
            (table_of(op), op.column_name)
            for op in (*ups, *downs)
            if isinstance(op, ops.AlterColumnOp) and changes_type(op)
        }
        # Tables to which a new foreign key may lead only when the old code is gone.
        self.keys: set[str] = set()
        unique = [op for op in ups if is_key(op)]
        self.keys = {table_key(op) for op in unique if self.waits(op, up=True)}
        if any(map(is_one, (ups, downs))) or may_rename(context, ups):
            self.whole = any(self.waits(op, up=True) for op in ups)

    def waits(self, op: ops.MigrateOperation, *, up: bool) -> bool:
        """Return whether an operation waits, or undoes one that does."""
        if self.whole is not None:
            return self.whole
        op = op.unique if isinstance(op, AddUniqueOp) else op
        drops = isinstance(op, ops.DropConstraintOp | ops.DropIndexOp)
        thing: Any = undone(op) if drops else op
        table = table_of(op)
        # A foreign key that is not done with such a table stands apart from it.
        comes_or_goes = table in self.created | self.dropped
        if comes_or_goes and not isinstance(thing, ops.CreateForeignKeyOp):
            return table in self.dropped
        gives: bool | None = None
        if isinstance(thing, ops.AddConstraintOp) or getattr(thing, "unique", None):
            gives = None if self.is_new(thing) else drops
        elif isinstance(thing, ops.CreateIndexOp):
            gives = None if self.is_in_the_way(thing) else not drops
        elif isinstance(op, ops.AlterColumnOp):
            gives = op.modify_nullable
        elif isinstance(op, ops.ExecuteSQLOp):
            gives = {"CREATE": True, "DROP": False}.get(str(op.sqltext).split()[0])
        elif isinstance(op, GIVES | TAKES):
            gives = isinstance(op, GIVES)
        return gives is not None and gives != up

    def is_in_the_way(self, index: ops.CreateIndexOp) -> bool:
        """Return whether an index is on a column that gets another type."""
        told = " ".join(str(getattr(each, "name", each)) for each in index.columns)
        return any(
            table == table_of(index) and mentions(told, name)
            for table, name in self.types
        )

    def is_new(self, thing: Any) -> bool:
        """Return whether a constraint is on columns alone that the old code has not."""
        table = table_of(thing)
        if isinstance(thing, ops.CreateForeignKeyOp):
            if target(thing) in self.keys:
                return False
            names = thing.local_cols
        elif isinstance(thing, ops.CreateCheckConstraintOp):
            told = str(thing.condition)
            names = [each for each in self.names(thing) if mentions(told, each)]
        else:
            names = [str(column) for column in thing.columns]
        new = all((table, name) in self.columns for name in names)
        return table in self.created or (bool(names) and new)

    def names(self, op: ops.MigrateOperation) -> list[str]:
        """Return the columns that the models have of an operation's table."""
        found = [each.tables.get(table_key(op)) for each in self.models]
        return [
            each.name for table in found if table is not None for each in table.columns
        ]


def is_key(op: ops.MigrateOperation) -> bool:
    """Return whether an operation makes columns unique."""
    return isinstance(op, ops.CreateUniqueConstraintOp | AddUniqueOp) or (
        isinstance(op, ops.CreateIndexOp) and bool(op.unique)
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
        if isinstance(op, TypeOp | AddUniqueOp):
            continue
        if isinstance(op, ops.ExecuteSQLOp):
            if not re.match(ALONE, str(op.sqltext)):
                return True
        elif is_primary_key(op) or (
            isinstance(op, ops.AddColumnOp) and (table_of(op), op.column.name) in gone
        ):
            return True
    return False
