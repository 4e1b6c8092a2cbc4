# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which operation of a change stands where: before it, in it, or after it."""

from copy import copy
from typing import Any

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Identity

from .operations import OpList
from .order import drops_foreign_key
from .postgresql_constraint_changes import AddUniqueOp
from .postgresql_outside import table_of
from .postgresql_safe import (
    add_constraint,
    add_unique,
    build_index,
    change_foreign_key,
    change_index,
    drop_constraint,
    drop_index,
    nullable,
    require,
)
from .required import is_required


class Way:
    """One direction: what is dropped, what changes then, and what is added at last."""

    def __init__(
        self,
        context: MigrationContext,
        operations: OpList,
        whole: set[Any],
        apart: set[Any],
    ) -> None:
        """Take operations, tables that come and go, and keys that do so apart."""
        self.context = context
        self.operations = operations
        self.whole = whole
        self.apart = apart
        self.dropped: OpList = []
        self.change: OpList = []
        self.indexes: OpList = []
        self.constraints: OpList = []
        self.required: list[ops.AlterColumnOp] = []
        for op in operations:
            self.take(op)

    @property
    def added(self) -> OpList:
        """What is added, indexes first: foreign keys need some."""
        return [*self.indexes, *self.constraints]

    def take(self, op: ops.MigrateOperation) -> None:
        """Put an operation where it belongs."""
        by_sql = op
        op = op.unique if isinstance(op, AddUniqueOp) else op
        context, table = self.context, table_of(op)
        name = str(getattr(op, "constraint_name", ""))
        if table in self.whole and (table, name) not in self.apart:
            self.change.append(by_sql)
        elif isinstance(op, ops.CreateIndexOp):
            old = self.replaced(op, "index_name")
            self.indexes += change_index(context, old, op) if old else build_index(op)
        elif isinstance(op, ops.DropIndexOp):
            self.dropped.append(drop_index(op))
        elif isinstance(op, ops.CreateUniqueConstraintOp):
            self.indexes += add_unique(context, op)
        elif isinstance(op, ops.CreateForeignKeyOp) and (
            old := self.replaced(op, "constraint_name")
        ):
            self.constraints += change_foreign_key(context, old, op)
        elif isinstance(op, ops.CreateForeignKeyOp | ops.CreateCheckConstraintOp):
            self.constraints += add_constraint(context, op)
        elif isinstance(op, ops.DropConstraintOp):
            # A foreign key needs some of the others.
            place = 0 if drops_foreign_key(op) else len(self.dropped)
            self.dropped.insert(place, drop_constraint(op))
        elif isinstance(op, ops.AlterColumnOp):
            self.alter(op)
        elif isinstance(op, ops.AddColumnOp) and is_required(op.column):
            self.add_required(op)
        else:
            self.change.append(op)

    def replaced(self, op: ops.MigrateOperation, name: str) -> Any:
        """Return the drop of what has the same name, if it may wait for this one.

        It stands in the way of another type, and a foreign key holds its target.
        """
        target = getattr(op, "referent_table", None)
        for each in self.operations:
            drops = isinstance(each, ops.DropIndexOp | ops.DropConstraintOp)
            on_target = drops and table_of(each)[1] == target
            if changes_type(each) or (on_target and not drops_foreign_key(each)):
                return None
        for drop in self.dropped:
            if table_of(drop) == table_of(op) and getattr(op, name) == getattr(
                drop, name, None
            ):
                self.dropped.remove(drop)
                return drop
        return None

    def alter(self, op: ops.AlterColumnOp) -> None:
        """Change NULL and NOT NULL apart from the rest."""
        to = op.modify_nullable
        if to is None or isinstance(op.modify_server_default, Identity):
            self.change.append(op)
            return
        rest = copy(op)
        rest.modify_nullable = None
        if rest.has_changes():
            self.change.append(rest)
        if to:
            self.dropped.append(nullable(op, to=True))
        else:
            op = copy(op)
            op.existing_type = op.modify_type or op.existing_type
            self.constraints += require(self.context, op)

    def add_required(self, op: ops.AddColumnOp) -> None:
        """Add a column that is empty, and require it when it is filled."""
        op = copy(op)
        op.column = op.column._copy()
        op.column.nullable = True
        self.change.append(op)
        column = ops.AlterColumnOp(
            op.table_name,
            op.column.name,
            schema=op.schema,
            existing_type=op.column.type,
        )
        self.required.append(column)
        self.constraints += require(self.context, column)


def changes_type(op: ops.MigrateOperation) -> bool:
    """Return whether an operation may give a column another type, or name."""
    if isinstance(op, ops.AlterColumnOp):
        return op.modify_type is not None or op.modify_name is not None
    return isinstance(op, ops.ExecuteSQLOp) and not isinstance(op, AddUniqueOp)
