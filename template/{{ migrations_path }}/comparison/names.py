# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What a constraint without a name is called."""

from itertools import chain, count
from typing import Any

from alembic.operations import ops
from sqlalchemy import CheckConstraint, Dialect, Table
from sqlalchemy.sql.elements import conv

from .operations import OpList


def name_checks(table: Table, dialect: Dialect) -> None:
    """Name each CHECK: one without a name can't be dropped again."""
    checks = [item for item in table.constraints if isinstance(item, CheckConstraint)]
    taken = {check.name for check in checks}
    for check in sorted(checks, key=lambda c: str(c.sqltext.compile(dialect=dialect))):
        if not isinstance(check.name, str):
            columns = [column.name for column in check.columns]
            name = "_".join(["ck", table.name, *columns])[:60]
            names = chain([name], (f"{name}_{number}" for number in count(2)))
            check.name = conv(next(name for name in names if name not in taken))
            taken.add(check.name)


def name_constraints(operations: OpList) -> None:
    """Name constraints added to a table: one without a name can't be dropped again."""
    for op in operations:
        each: Any
        for each in op.ops if isinstance(op, ops.ModifyTableOps) else ():
            adds = each.reverse() if isinstance(each, ops.DropConstraintOp) else each
            if isinstance(adds, ops.CreateForeignKeyOp):
                name = f"fk_{adds.source_table}_{'_'.join(adds.local_cols)}"
            elif isinstance(adds, ops.CreateUniqueConstraintOp):
                name = f"uq_{adds.table_name}_{'_'.join(adds.columns)}"
            else:
                continue
            each.constraint_name = each.constraint_name or name[:63]
