# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What a revision would lose, and how it is renamed instead."""

import logging
from difflib import get_close_matches
from textwrap import wrap

from alembic.autogenerate import render_op_text
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from .implementation import BaseImpl
from .operations import OpList, flat, new_column_names, new_table_name

log = logging.getLogger("alembic.autogenerate")


def note_drops(
    context: MigrationContext, directives: list[ops.MigrationScript]
) -> None:
    """Say what would be lost, and how to rename it: Alembic knows no renames."""
    notes: list[str] = []
    changes = [
        op
        for script in directives
        for container in script.upgrade_ops_list
        for op in flat(container)
    ]
    for op in changes:
        # Of a column that comes back. A library's own operations may have no info.
        if note := (getattr(op, "info", None) or {}).get("note"):
            log.warning(note)
            notes += wrap(note, width=82)
            continue
        if isinstance(op, ops.DropTableOp):
            lost, rename = "table", rename_table(op, changes)
        elif isinstance(op, ops.DropColumnOp):
            lost = f"column {op.column_name} of"
            rename = rename_column(op, changes, context)
        else:
            continue
        table = f"{op.schema}.{op.table_name}" if op.schema else op.table_name
        for note in (f"Drops {lost} {table}.", f"To rename it: {rename}"):
            log.warning(note)
            notes += wrap(note, width=82)
    context.opts["revision_context"].template_args["notes"] = notes


def rename_table(drop: ops.DropTableOp, changes: OpList) -> str:
    """Return what renames a table."""
    new_name = new_table_name(drop, changes) or "new_name"
    schema = f", schema={drop.schema!r}" if drop.schema else ""
    return f"op.rename_table({drop.table_name!r}, {new_name!r}{schema})"


def rename_column(
    drop: ops.DropColumnOp, changes: OpList, context: MigrationContext
) -> str:
    """Return what renames a column, to a new one of its type and most like it."""
    column, impl = drop.to_column(), context.impl
    new_names = new_column_names(drop, changes, impl)
    new_name, *_ = get_close_matches(column.name, new_names, 1, 0) or ["new_name"]
    rename = ops.AlterColumnOp(
        drop.table_name,
        column.name,
        schema=drop.schema,
        modify_name=new_name,
        **(impl.existing(column) if isinstance(impl, BaseImpl) else {}),
    )
    return " ".join(render_op_text(AutogenContext(context), rename).split())
