# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Where an operation stands: in which stage, and before it, in it, or after it."""

from collections.abc import Callable
from copy import copy
from typing import Any

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Identity

from .operations import OpList
from .order import drops_foreign_key
from .postgresql_constraint_changes import AddUniqueOp
from .postgresql_contract import Change, Stage
from .postgresql_outside import changes_type, is_like, table_of, undone
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
    """One direction, in two stages: one expands the database, one contracts it."""

    def __init__(
        self,
        context: MigrationContext,
        change: Change,
        operations: OpList,
        in_change: Callable[[ops.MigrateOperation], bool],
        *,
        up: bool,
    ) -> None:
        """Take operations, and which are done with the change itself."""
        self.context, self.change, self.up = context, change, up
        self.operations = operations
        self.expand, self.contract = Stage(), Stage()
        self.required: list[ops.AlterColumnOp] = []
        for op in operations:
            if in_change(op):
                self.stage(op).change.append(op)
            else:
                self.take(op.unique if isinstance(op, AddUniqueOp) else op)

    def stage(self, op: ops.MigrateOperation) -> Stage:
        """Return when an operation is done."""
        return self.contract if self.change.waits(op, up=self.up) else self.expand

    def take(self, op: ops.MigrateOperation) -> None:
        """Put an operation where it belongs."""
        context, stage = self.context, self.stage(op)
        if isinstance(op, ops.CreateIndexOp):
            self.add_index(op)
        elif isinstance(op, ops.DropIndexOp):
            stage.dropped.append(drop_index(op))
        elif isinstance(op, ops.CreateUniqueConstraintOp):
            stage.indexes += add_unique(context, op)
        elif isinstance(op, ops.CreateForeignKeyOp) and (
            old := self.replaced(op, "constraint_name")
        ):
            self.expand.constraints += change_foreign_key(context, old, op)
        elif isinstance(op, ops.CreateForeignKeyOp | ops.CreateCheckConstraintOp):
            stage.constraints += add_constraint(context, op)
        elif isinstance(op, ops.DropConstraintOp):
            # A foreign key needs some of the others.
            place = 0 if drops_foreign_key(op) else len(stage.dropped)
            stage.dropped.insert(place, drop_constraint(op))
        elif isinstance(op, ops.AlterColumnOp):
            self.alter(op)
        elif isinstance(op, ops.AddColumnOp) and is_required(op.column):
            self.add_required(op)
        else:
            stage.change.append(op)

    def add_index(self, op: ops.CreateIndexOp) -> None:
        """Build an index, in place of one that has its name."""
        stage = self.stage(op)
        if old := self.replaced(op, "index_name"):
            if self.stage(old) is self.contract:
                stage = self.contract
            stage.indexes += change_index(self.context, old, op)
        else:
            stage.indexes += build_index(op)

    def replaced(self, op: Any, name: str) -> Any:
        """Return the drop of what has the same name, if it may wait for this one.

        It may not if a column gets another type, in whose way it would stand, or if a
        foreign key would hold what its target loses.
        """
        target = getattr(op, "referent_table", None)
        for each in self.operations:
            drops = isinstance(each, ops.DropIndexOp | ops.DropConstraintOp)
            on_target = drops and table_of(each)[1] == target
            if changes_type(each) or (on_target and not drops_foreign_key(each)):
                return None
        for stage in (self.expand, self.contract):
            for drop in stage.dropped:
                if (
                    hasattr(drop, name)
                    and getattr(drop, name) == getattr(op, name)
                    and table_of(drop) == table_of(op)
                    and is_like(undone(drop), op)
                ):
                    stage.dropped.remove(drop)
                    return drop
        return None

    def alter(self, op: ops.AlterColumnOp) -> None:
        """Change NULL and NOT NULL apart from the rest."""
        to = op.modify_nullable
        if to is None or isinstance(op.modify_server_default, Identity):
            self.stage(op).change.append(op)
            return
        rest = copy(op)
        rest.modify_nullable = None
        if rest.has_changes():
            self.stage(rest).change.append(rest)
        if to:
            self.relax(op)
        else:
            op = copy(op)
            op.existing_type = op.modify_type or op.existing_type
            self.stage(op).constraints += require(self.context, op)

    def relax(self, column: ops.AlterColumnOp) -> None:
        """Let a column be NULL."""
        op = nullable(column, to=True)
        self.stage(op).dropped.append(op)

    def add_required(self, op: ops.AddColumnOp) -> None:
        """Add a column that is empty, and require it when it is filled."""
        op = copy(op)
        op.column = op.column._copy()
        op.column.nullable = True
        self.stage(op).change.append(op)
        column = ops.AlterColumnOp(
            op.table_name,
            op.column.name,
            schema=op.schema,
            existing_type=op.column.type,
            modify_nullable=False,
        )
        self.required.append(column)
        self.stage(column).constraints += require(self.context, column)
