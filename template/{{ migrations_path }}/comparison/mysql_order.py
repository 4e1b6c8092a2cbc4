# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which indexes MySQL and MariaDB drop with their table."""

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
