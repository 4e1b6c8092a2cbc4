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
from .postgresql_outside import table_of
from .postgresql_safe import (
    add_constraint,
    add_unique,
    build_index,
    drop_constraint,
    drop_index,
    nullable,
    require,
)


class Way:
    """One direction: what is dropped, what changes then, and what is added at last."""

    def __init__(
        self, context: MigrationContext, whole: set[Any], apart: set[Any]
    ) -> None:
        """Take the tables that come and go, and keys that do so apart from them."""
        self.context = context
        self.whole = whole
        self.apart = apart
        self.dropped: OpList = []
        self.change: OpList = []
        self.indexes: OpList = []
        self.constraints: OpList = []
        self.required: list[ops.AlterColumnOp] = []

    @property
    def added(self) -> OpList:
        """What is added, indexes first: foreign keys need some."""
        return [*self.indexes, *self.constraints]

    def take(self, op: ops.MigrateOperation) -> None:
        """Put an operation where it belongs."""
        context, table = self.context, table_of(op)
        name = str(getattr(op, "constraint_name", ""))
        if table in self.whole and (table, name) not in self.apart:
            self.change.append(op)
        elif isinstance(op, ops.CreateIndexOp):
            self.indexes += build_index(op)
        elif isinstance(op, ops.DropIndexOp):
            self.dropped.append(drop_index(op))
        elif isinstance(op, ops.CreateUniqueConstraintOp):
            self.indexes += add_unique(context, op)
        elif isinstance(op, ops.CreateForeignKeyOp | ops.CreateCheckConstraintOp):
            self.constraints += add_constraint(context, op)
        elif isinstance(op, ops.DropConstraintOp):
            # A foreign key needs some of the others.
            first = op.constraint_type == "foreignkey"
            self.dropped.insert(0 if first else len(self.dropped), drop_constraint(op))
        elif isinstance(op, ops.AlterColumnOp):
            self.alter(op)
        elif isinstance(op, ops.AddColumnOp) and is_required(op):
            self.add_required(op)
        else:
            self.change.append(op)

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


def is_required(op: ops.AddColumnOp) -> bool:
    """Return whether a new column has no value for the rows that are there."""
    column = op.column
    value = column.server_default or column.computed or column.identity
    return not (column.nullable or column.primary_key or value)
