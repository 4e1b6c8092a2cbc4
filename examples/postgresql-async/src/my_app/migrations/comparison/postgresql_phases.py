# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""In which order PostgreSQL does what a revision does, when types change in it."""

from collections.abc import Collection
from copy import copy
from enum import IntEnum
from itertools import chain
from typing import Any

from alembic.operations import ops
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.types import TypeEngine

from .operations import OpList
from .postgresql_recreate_types import RecreateTypeOp, TypeOp
from .postgresql_types import TypeName, by_name

DROPS = (ops.DropTableOp, ops.DropIndexOp, ops.DropConstraintOp, ops.DropColumnOp)


class Phase(IntEnum):
    """When an operation is done, around the types that are recreated."""

    TYPES_COME = 0  # and get labels
    DROP = 1  # what may need the old types
    COLUMNS_LEAVE = 2  # a type that is recreated, for another one
    DOMAINS_GO = 3  # over a type that is recreated
    RECREATE = 4
    DOMAINS_COME = 5  # over a type that is recreated; others change
    COLUMNS_CHANGE = 6
    REST = 7  # what may need the new types
    TYPES_GO = 8


class Order:
    """Drops first, with the old types, and adds last, with the new ones."""

    def __init__(
        self,
        keys: Collection[TypeName],
        leaving: Collection[TypeName],
        default: str | None,
    ) -> None:
        """Remember the types that are recreated, domains that go, and the schema."""
        self.keys, self.leaving, self.default = keys, leaving, default

    def put(self, container: ops.OpContainer, recreates: OpList) -> None:
        """Put operations in order, around those that recreate types."""
        phases: dict[Phase, OpList] = {phase: [] for phase in Phase}
        for op in container.ops:
            if not isinstance(op, ops.ModifyTableOps):
                phases[self.phase_of(op)].append(op)
                continue
            of_table: dict[Phase, OpList] = {}
            for each in chain.from_iterable(map(self.apart, op.ops)):
                of_table.setdefault(self.phase_of(each), []).append(each)
            for phase, some in of_table.items():
                table = ops.ModifyTableOps(op.table_name, some, schema=op.schema)
                phases[phase].append(table)
        phases[Phase.RECREATE] = recreates
        container.ops = [op for phase in phases.values() for op in phase]

    def apart(self, op: ops.MigrateOperation) -> OpList:
        """Return what is done at different times: a default comes with the new type."""
        if (
            not isinstance(op, ops.AlterColumnOp)
            or op.modify_server_default is False
            or self.phase_of(op) != Phase.COLUMNS_LEAVE
        ):
            return [op]
        default = copy(op)
        default.existing_type, default.modify_type = op.modify_type, None
        op.modify_server_default = None
        return [op, default]

    def phase_of(self, op: ops.MigrateOperation) -> Phase:
        """Return when an operation is done."""
        if isinstance(op, DROPS):
            return Phase.DROP
        if isinstance(op, RecreateTypeOp):
            return Phase.RECREATE
        if isinstance(op, ops.AlterColumnOp) and op.modify_type is not None:
            stays = is_made_of(op.modify_type, self.keys, self.default)
            goes = is_made_of(op.existing_type, self.leaving, self.default)
            leaves = is_made_of(op.existing_type, self.keys, self.default)
            if leaves and (goes or not stays):
                return Phase.COLUMNS_LEAVE
            return Phase.COLUMNS_CHANGE
        if not isinstance(op, TypeOp):
            return Phase.REST
        domain = isinstance(op.type_, DOMAIN)
        over = domain and is_made_of(op.type_, self.keys, self.default)
        return {
            "CREATE": Phase.DOMAINS_COME if over else Phase.TYPES_COME,
            "ALTER": Phase.DOMAINS_COME if domain else Phase.TYPES_COME,
            "DROP": Phase.DOMAINS_GO if over else Phase.TYPES_GO,
        }[str(op.sqltext).split()[0]]


def is_made_of(
    type_: TypeEngine[Any] | None, keys: Collection[TypeName], default: str | None
) -> bool:
    """Return whether a type is made of one of these."""
    return bool(by_name([type_], default).keys() & keys)
