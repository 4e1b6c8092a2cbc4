# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What is dropped and added, and may be one thing that got another name."""

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from .operations import OpList, new_column_names, new_table_name


def may_rename(context: MigrationContext, operations: OpList) -> bool:
    """Return whether what is dropped may be what is added, under its old name."""
    for op in operations:
        if isinstance(op, ops.DropColumnOp):
            if new_column_names(op, operations, context.impl):
                return True
        elif isinstance(op, ops.DropTableOp) and new_table_name(op, operations):
            return True
    return False


def leaves(op: ops.MigrateOperation, changes: OpList) -> bool:
    """Return whether an operation drops a table that may not be one to rename."""
    return isinstance(op, ops.DropTableOp) and not new_table_name(op, changes)
