# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which foreign keys of PostgreSQL depend on a constraint that goes."""

from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from .asking import AskingImpl
from .foreign_keys import lift, staying_keys, take_name, target
from .operations import flat
from .order import table_key


def lift_from_unique(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Drop foreign keys while what makes their target unique is made anew."""
    keys: list[ops.CreateForeignKeyOp] | None = None
    for container in (upgrade, downgrade):
        for op in flat(container):
            if not isinstance(op, ops.DropConstraintOp | ops.DropIndexOp):
                continue
            dropped = cast("Any", op.reverse())
            if isinstance(dropped, ops.CreateForeignKeyOp):
                continue
            keys = list(staying_keys(context, upgrade)) if keys is None else keys
            inspector = cast("AskingImpl", context.impl).inspector
            columns = {str(column) for column in getattr(dropped, "columns", ())}
            for key in keys:
                leads = target(key) == table_key(op) and {*key.remote_cols} == columns
                if leads and take_name(key, inspector):
                    lift(key, container)
