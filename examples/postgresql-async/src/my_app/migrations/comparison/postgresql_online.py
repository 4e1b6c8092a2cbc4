# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How a change is made that a busy database doesn't feel.

It becomes up to three revisions. Constraints and indexes that go are dropped before
columns and tables change, those that come are added after that, both outside a
transaction. The change itself is in one. The way back is the other way round.
"""

from copy import copy
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import ForeignKeyConstraint

from .operations import OpList, flat
from .order import referred, table_key
from .postgresql_outside import OutsideOp, table_of
from .postgresql_refused import refused, said, with_partitions
from .postgresql_safe import nullable
from .postgresql_ways import Way, changes_type
from .revision import Part


def in_parts(context: MigrationContext, *directives: ops.MigrationScript) -> list[Part]:
    """Return the revisions that a change of the models becomes."""
    if len(directives) != 1:
        return []  # process_revision_directives() of hooks.py has made its own
    (script,) = directives
    ups, downs = (
        [copy(op) for op in flat(cast("ops.OpContainer", each))]
        for each in (script.upgrade_ops, script.downgrade_ops)
    )
    created = [op for op in (*ups, *downs) if isinstance(op, ops.CreateTableOp)]
    new = {table_of(op) for op in created}
    keyed = {table_of(op) for op in (*ups, *downs) if is_primary_key(op)}
    whole = new | keyed | with_partitions(context)
    apart = keys_apart(ups, downs, whole) | keys_apart(downs, ups, whole)
    up, down = (Way(context, each, whole, apart) for each in (ups, downs))
    up.dropped += [nullable(column, to=True) for column in down.required]
    down.dropped += [nullable(column, to=True) for column in up.required]
    before = Part(outside(up.dropped), outside(down.added), "drop constraints, indexes")
    change = Part(
        [*refused(context, up.change, new), *up.change],
        [*said(context, down.change, new), *down.change],
    )
    after = Part(outside(up.added), outside(down.dropped), what(up))
    if not any(map(matters, (*change.upgrade, *change.downgrade))):
        after = Part(
            outside([*up.dropped, *up.added]),
            outside([*down.dropped, *down.added]),
            after.what if up.added else before.what,
        )
        before = Part([], [])
    return [part for part in (before, change, after) if part.upgrade or part.downgrade]


def is_primary_key(op: ops.MigrateOperation) -> bool:
    """Return whether an operation is on a primary key, with which its columns go."""
    return getattr(op, "constraint_type", None) in ("primary", "primarykey")


def outside(operations: OpList) -> OpList:
    """Return these in a block outside a transaction."""
    return [OutsideOp(operations)] if operations else []


def what(way: Way) -> str:
    """Return a name for what is added."""
    kinds = {"build indexes": way.indexes, "validate": way.constraints}
    return ", ".join(kind for kind, added in kinds.items() if added)


def matters(op: ops.MigrateOperation) -> bool:
    """Return whether what is dropped may stand in the way of a change."""
    if isinstance(op, ops.AlterColumnOp):
        return changes_type(op)
    return not isinstance(
        op,
        ops.AddColumnOp | ops.CreateTableCommentOp | ops.DropTableCommentOp,
    )


def keys_apart(
    creating: OpList, dropping: OpList, whole: set[Any]
) -> set[tuple[Any, str]]:
    """Take foreign keys out of a new table that need what is added after it."""
    apart = set()
    unique = {
        table_key(op)
        for op in creating
        if isinstance(op, ops.CreateUniqueConstraintOp)
        or (isinstance(op, ops.CreateIndexOp) and op.unique)
        if table_of(op) not in whole
    }
    for op in [*creating]:
        for item in [*op.columns] if isinstance(op, ops.CreateTableOp) else ():
            if isinstance(item, ForeignKeyConstraint) and referred(item) in unique:
                create = cast("ops.CreateTableOp", op)
                create.columns = [each for each in create.columns if each is not item]
                name = f"fk_{create.table_name}_{'_'.join(item.column_keys)}"
                item.name = item.name or name[:63]
                creating.append(ops.CreateForeignKeyOp.from_constraint(item))
                dropping.insert(0, ops.DropConstraintOp.from_constraint(item))
                apart.add((table_of(op), str(item.name)))
    return apart
