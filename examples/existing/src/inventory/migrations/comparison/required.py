# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which new columns are required of rows that have no value for them."""

import logging
from textwrap import wrap
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, literal_column, select, table

from .operations import flat

log = logging.getLogger("alembic.autogenerate")


def note_required(
    context: MigrationContext, directives: list[ops.MigrationScript]
) -> None:
    """Say which rows would break a revision, or get a value that nobody chose."""
    notes: list[str] = []
    for script in directives:
        for container in script.upgrade_ops_list:
            for op in flat(container):
                if (
                    isinstance(op, ops.AddColumnOp)
                    and is_required(op.column)
                    and has_rows(context, op)
                ):
                    name = (
                        f"{op.schema}.{op.table_name}" if op.schema else op.table_name
                    )
                    note = (
                        f"{op.column.name} is required and has no default, but {name} "
                        "has rows: give it a server_default; or "
                    )
                    if getattr(context.impl, "online", False):
                        log.warning("%sfill it in where the revision says so.", note)
                        continue
                    note += "add it nullable, fill it in, and then make it required."
                    log.warning(note)
                    notes += wrap(note, width=82)
    context.opts["revision_context"].template_args["notes"][:0] = notes


def is_required(column: Column[Any]) -> bool:
    """Return whether a row must have a value, and the database has none for it."""
    counts = column.table is not None and column is column.table.autoincrement_column
    return not (column.nullable or column.server_default is not None or counts)


def has_rows(context: MigrationContext, op: ops.AddColumnOp) -> bool:
    """Return whether there is a row in the table."""
    query: Any = select(literal_column("1")).select_from(
        table(op.table_name, schema=op.schema)
    )
    connection = cast("Connection", context.connection)
    return connection.scalar(query.limit(1)) is not None
