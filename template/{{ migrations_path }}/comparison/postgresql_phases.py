# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""In which order PostgreSQL does what a revision does, when types change in it."""

from collections.abc import Collection
from typing import Any

from alembic.operations import ops
from sqlalchemy.dialects.postgresql import DOMAIN, ENUM
from sqlalchemy.types import TypeEngine

from .operations import OpList
from .postgresql_anew import MakeAnewOp
from .postgresql_types import Key, parts

DROPS = (ops.DropTableOp, ops.DropIndexOp, ops.DropConstraintOp, ops.DropColumnOp)
FIRST, GOES, MADE_ANEW, OVER_IT, CHANGES, COMES, LAST = range(7)


def put_in_order(
    container: ops.OpContainer, anew: OpList, keys: Collection[Key], default: Any
) -> None:
    """Drop first, with the old type, and add last, with the new one."""
    phases: dict[int, OpList] = {phase: [] for phase in range(LAST + 1)}
    phases[MADE_ANEW] = anew
    for op in container.ops:
        if not isinstance(op, ops.ModifyTableOps):
            phases[phase_of(op, keys, default)].append(op)
            continue
        parts_of_table: dict[int, OpList] = {}
        for each in op.ops:
            parts_of_table.setdefault(phase_of(each, keys, default), []).append(each)
        for phase, some in parts_of_table.items():
            table = ops.ModifyTableOps(op.table_name, some, schema=op.schema)
            phases[phase].append(table)
    container.ops = [
        op for phase in phases.values() for op in phase if type(op) is not MakeAnewOp
    ]


def phase_of(op: ops.MigrateOperation, keys: Collection[Key], default: Any) -> int:
    """Return when an operation is done."""
    if isinstance(op, DROPS):
        return GOES
    if isinstance(op, ops.AlterColumnOp) and op.modify_type is not None:
        leaves = has(op.existing_type, keys, default)
        return GOES if leaves and not has(op.modify_type, keys, default) else CHANGES
    if isinstance(op, ops.ExecuteSQLOp):
        first, kind, *_ = str(op.sqltext).split()
        if kind == "DOMAIN" and first != "DROP":
            return OVER_IT
        return {"CREATE": FIRST, "ALTER": FIRST, "DROP": LAST}.get(first, COMES)
    return COMES


def has(type_: TypeEngine[Any] | None, keys: Collection[Key], default: Any) -> bool:
    """Return whether a type is made of one of these."""
    return type_ is not None and any(
        (part.schema or default, part.name) in keys
        for part in parts(type_)
        if isinstance(part, ENUM | DOMAIN)
    )
