# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How a change is made that a busy database doesn't feel.

It expands the database, and contracts it when the old code is gone. Each becomes up to
three revisions. Constraints and indexes that go are dropped before columns and tables
change, those that come are added after that, both outside a transaction. The change
itself is in one. The way back is the other way round.
"""

from collections.abc import Callable, Iterator
from copy import copy
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import ForeignKeyConstraint

from .operations import OpList, flat
from .order import referred, table_key, take_out
from .postgresql_contract import Change, Stage, is_key
from .postgresql_outside import (
    CommentOp,
    OutsideOp,
    changes_type,
    is_primary_key,
    table_of,
)
from .postgresql_refused import comments, refused, with_partitions
from .postgresql_renames import leaves
from .postgresql_ways import Way
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
    if not (ups or downs):
        return []
    created = [op for op in (*ups, *downs) if isinstance(op, ops.CreateTableOp)]
    new = {table_of(op) for op in created}
    keyed = {table_of(op) for op in (*ups, *downs) if is_primary_key(op)}
    whole = new | keyed | with_partitions(context)
    # A new table's foreign key may need what is unique later. One of a table that goes
    # would stop the new code, which doesn't know of it, from deleting rows.
    unique = {table_key(op) for op in ups if is_key(op) and table_of(op) not in whole}
    apart = keys_apart(ups, downs, lambda _, to: to in unique)
    leave = {table_key(op) for op in ups if leaves(op, ups)}
    apart |= keys_apart(downs, ups, lambda at, to: at in leave and to not in leave)

    def in_change(op: ops.MigrateOperation) -> bool:
        name = str(getattr(op, "constraint_name", ""))
        return table_of(op) in whole and (table_of(op), name) not in apart

    change = Change(context, ups, downs)
    up = Way(context, change, ups, in_change, up=True)
    down = Way(context, change, downs, in_change, up=False)
    for way, other in ((up, down), (down, up)):
        for column in other.required:
            way.relax(column)
    parts = stage_in_parts(context, up.expand, down.expand, new)
    for part in stage_in_parts(context, up.contract, down.contract, new):
        part.contract, part.expand = True, bool(change.whole)
        parts.append(part)
    return parts


def stage_in_parts(
    context: MigrationContext, up: Stage, down: Stage, new: set[Any]
) -> list[Part]:
    """Return the revisions that a stage becomes."""
    drops, adds = said_of(up)
    before = Part(outside(up.dropped), outside(down.added), drops)
    change = Part(
        [*refused(context, up.change, new), *up.change],
        [*comments(context, down.change, new), *down.change],
    )
    after = Part(outside(up.added), outside(down.dropped), adds)
    in_one = Part(
        outside([*up.dropped, *up.added]),
        outside([*down.dropped, *down.added]),
        ", ".join(filter(None, (drops, adds))),
    )
    if all(map(takes, up.change)):
        parts = [in_one, change]
    elif any(map(matters, (*up.change, *down.change))):
        parts = [before, change, after]
    else:
        parts = [change, in_one]
    return [part for part in parts if part.upgrade or part.downgrade]


def outside(operations: OpList) -> OpList:
    """Return these in a block outside a transaction; rows are filled before it."""
    fills = [op for op in operations if isinstance(op, CommentOp)]
    block = [op for op in operations if not isinstance(op, CommentOp)]
    return [*fills, OutsideOp(block)] if operations else []


def said_of(stage: Stage) -> Iterator[str]:
    """Yield names for what is dropped, and for what is added."""
    indexes = [op for op in stage.dropped if isinstance(op, ops.DropIndexOp)]
    drops = {
        "drop constraints": len(indexes) < len(stage.dropped),
        "drop indexes": indexes,
    }
    adds = {"build indexes": stage.indexes, "validate": stage.constraints}
    for each in (drops, adds):
        yield ", ".join(name for name, done in each.items() if done)


def takes(op: ops.MigrateOperation) -> bool:
    """Return whether an operation takes something, and changes nothing."""
    if isinstance(op, ops.ExecuteSQLOp):
        return str(op.sqltext).startswith("DROP ")
    return isinstance(op, ops.DropTableOp | ops.DropColumnOp)


def matters(op: ops.MigrateOperation) -> bool:
    """Return whether what is dropped may stand in the way of a change."""
    if isinstance(op, ops.AlterColumnOp):
        return changes_type(op)
    return not isinstance(
        op,
        ops.AddColumnOp | ops.CreateTableCommentOp | ops.DropTableCommentOp,
    )


def keys_apart(
    creating: OpList, dropping: OpList, is_apart: Callable[[str, str], bool]
) -> set[tuple[Any, str]]:
    """Take foreign keys out of tables that are created, by these and their targets."""
    apart = set()
    for op in [*creating]:
        for item in [*op.columns] if isinstance(op, ops.CreateTableOp) else ():
            if isinstance(item, ForeignKeyConstraint) and is_apart(
                table_key(op), referred(item)
            ):
                add, drop = take_out(item, cast("ops.CreateTableOp", op))
                creating.append(add)
                dropping.insert(0, drop)
                apart.add((table_of(op), str(item.name)))
    return apart
