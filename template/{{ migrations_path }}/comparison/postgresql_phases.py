# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""In which order PostgreSQL does what a revision does, when types change in it."""

from collections.abc import Collection
from copy import copy
from itertools import chain
from typing import Any

from alembic.operations import ops
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.types import TypeEngine

from .operations import OpList
from .postgresql_recreate_types import RecreateTypeOp, TypeOp
from .postgresql_types import Key, by_name

DROPS = (ops.DropTableOp, ops.DropIndexOp, ops.DropConstraintOp, ops.DropColumnOp)
FIRST, GOES, LEAVES, UNDER, RECREATED, OVER, CHANGES, COMES, LAST = range(9)


class Order:
    """Drops first, with the old types, and adds last, with the new ones."""

    def __init__(
        self, keys: Collection[Key], leaving: Collection[Key], default: str | None
    ) -> None:
        """Remember the types that are recreated, domains that go, and the schema."""
        self.keys, self.leaving, self.default = keys, leaving, default

    def put(self, container: ops.OpContainer, recreates: OpList) -> None:
        """Put operations in order, around those that recreate types."""
        phases: dict[int, OpList] = {phase: [] for phase in range(LAST + 1)}
        for op in container.ops:
            if not isinstance(op, ops.ModifyTableOps):
                phases[self.phase_of(op)].append(op)
                continue
            of_table: dict[int, OpList] = {}
            for each in chain.from_iterable(map(self.apart, op.ops)):
                of_table.setdefault(self.phase_of(each), []).append(each)
            for phase, some in of_table.items():
                table = ops.ModifyTableOps(op.table_name, some, schema=op.schema)
                phases[phase].append(table)
        phases[RECREATED] = recreates
        container.ops = [op for phase in phases.values() for op in phase]

    def apart(self, op: ops.MigrateOperation) -> OpList:
        """Return what is done at different times: a default comes with the new type."""
        if (
            not isinstance(op, ops.AlterColumnOp)
            or op.modify_server_default is False
            or self.phase_of(op) != LEAVES
        ):
            return [op]
        default = copy(op)
        default.existing_type, default.modify_type = op.modify_type, None
        op.modify_server_default = None
        return [op, default]

    def phase_of(self, op: ops.MigrateOperation) -> int:
        """Return when an operation is done."""
        if isinstance(op, DROPS):
            return GOES
        if isinstance(op, RecreateTypeOp):
            return RECREATED
        if isinstance(op, ops.AlterColumnOp) and op.modify_type is not None:
            stays = is_made_of(op.modify_type, self.keys, self.default)
            goes = is_made_of(op.existing_type, self.leaving, self.default)
            leaves = is_made_of(op.existing_type, self.keys, self.default)
            return LEAVES if leaves and (goes or not stays) else CHANGES
        if not isinstance(op, TypeOp):
            return COMES
        domain = isinstance(op.type_, DOMAIN)
        over = domain and is_made_of(op.type_, self.keys, self.default)
        return {
            "CREATE": OVER if over else FIRST,
            "ALTER": OVER if domain else FIRST,
            "DROP": UNDER if over else LAST,
        }[str(op.sqltext).split()[0]]


def is_made_of(
    type_: TypeEngine[Any] | None, keys: Collection[Key], default: str | None
) -> bool:
    """Return whether a type is made of one of these."""
    return bool(by_name([type_], default).keys() & keys)
