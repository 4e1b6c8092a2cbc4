# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""In which order MySQL and MariaDB drop indexes and foreign keys."""

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext


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


def drop_foreign_keys_first(
    _: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Drop foreign keys before the indexes that they need."""
    for op in (*upgrade.ops, *downgrade.ops):
        if isinstance(op, ops.ModifyTableOps):
            drops = [
                o
                for o in op.ops
                if isinstance(o, ops.DropConstraintOp)
                and o.constraint_type == "foreignkey"
            ]
            op.ops = drops + [o for o in op.ops if o not in drops]
