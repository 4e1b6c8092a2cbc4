# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which statements run outside a transaction, so that no lock is held for long.

Each may be run again from the first: what a killed upgrade has left goes, or is kept.
"""

from copy import copy
from textwrap import indent
from typing import Any, cast

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import render_op
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Table, text
from sqlalchemy.schema import AddConstraint
from sqlalchemy.sql.elements import conv

from .checks import AddCheckOp, render_add_check
from .names import LONGEST, with_digest
from .operations import OpList, executes


class OutsideOp(ops.OpContainer, ops.MigrateOperation):
    """Operations that each commit by themselves."""


class CommentOp(ops.MigrateOperation):
    """A line for who reads the revision."""

    def __init__(self, line: str) -> None:
        """Take the line."""
        self.line = line


class NotValidCheckOp(AddCheckOp):
    """Adds a CHECK that only new rows must meet."""


@renderers.dispatch_for(OutsideOp)
def render_outside(context: AutogenContext, op: OutsideOp) -> str:
    """Return Python that executes operations outside a transaction."""
    lines = [line for each in op.ops for line in render_op(context, each)]
    block = "with op.get_context().autocommit_block():"
    return f"{block}\n{indent(chr(10).join(lines), '    ')}"


@renderers.dispatch_for(CommentOp)
def render_comment(_: AutogenContext, op: CommentOp) -> str:
    """Return the line."""
    return f"# {op.line}"


@renderers.dispatch_for(NotValidCheckOp)
def render_not_valid_check(context: AutogenContext, op: NotValidCheckOp) -> str:
    """Return Python that adds a CHECK that is not valid."""
    return f"{render_add_check(context, op)[:-1]}, postgresql_not_valid=True)"


def table_of(op: ops.MigrateOperation) -> tuple[str | None, str]:
    """Return schema and name of an operation's table."""
    names: Any = op
    if isinstance(op, ops.CreateForeignKeyOp):
        return op.kw.get("source_schema"), op.source_table
    return getattr(names, "schema", None), getattr(names, "table_name", "")


def in_sql(context: MigrationContext, op: ops.MigrateOperation) -> str:
    """Return an operation's table as SQL has it."""
    schema, name = table_of(op)
    preparer = context.dialect.identifier_preparer
    quoted = preparer.quote(name)
    return f"{preparer.quote_schema(schema)}.{quoted}" if schema else quoted


# --- Each kind of change


def build_index(op: ops.CreateIndexOp) -> OpList:
    """Build an index while rows are read and written."""
    op = copy(op)
    op.kw = {**op.kw, "postgresql_concurrently": True}
    return [op]


def drop_index(op: ops.DropIndexOp) -> ops.DropIndexOp:
    """Drop an index while rows are read and written."""
    op = copy(op)
    op.if_exists = True
    op.kw = {**op.kw, "postgresql_concurrently": True}
    return op


def drop_constraint(op: ops.DropConstraintOp) -> ops.DropConstraintOp:
    """Drop a constraint, if it is there."""
    op = copy(op)
    op.if_exists = True
    return op


def add_constraint(context: MigrationContext, op: ops.AddConstraintOp) -> OpList:
    """Add a foreign key or a CHECK for new rows, and then look at the old ones."""
    schema, table = table_of(op)
    named: Any = op
    name, kind = named.constraint_name, op.constraint_type
    drop = ops.DropConstraintOp(name, table, kind, schema=schema, if_exists=True)
    if isinstance(op, ops.CreateForeignKeyOp):
        op = copy(op)
        op.kw = {**op.kw, "postgresql_not_valid": True}
    else:
        check = cast("ops.CreateCheckConstraintOp", op)
        op = NotValidCheckOp(name, table, check.condition, schema=schema)
    quoted = quote_name(context, name)
    validate = f"ALTER TABLE {in_sql(context, op)} VALIDATE CONSTRAINT {quoted}"
    return [drop, op, executes(validate, context.dialect)]


def add_unique(
    context: MigrationContext, op: ops.CreateUniqueConstraintOp
) -> OpList:
    """Build the index beside what is there, and make a constraint of it."""
    schema, table = table_of(op)
    constraint = op.to_constraint()
    name = cast("str", op.constraint_name)
    new = f"{name}_new"
    if len(new) > LONGEST:
        new = with_digest(name, new)
    index = ops.CreateIndexOp(
        conv(new), table, op.columns, schema=schema, unique=True, **constraint.dialect_kwargs
    )
    quoted = quote_name(context, name)
    add = str(AddConstraint(constraint).compile(dialect=context.dialect))
    deferrable = add.rpartition(")")[2]
    swap = (
        f"ALTER TABLE {in_sql(context, op)} DROP CONSTRAINT IF EXISTS {quoted},"
        f" ADD CONSTRAINT {quoted} UNIQUE USING INDEX {quote_name(context, new)}{deferrable}"
    )
    return [*build_index(index), executes(swap, context.dialect)]


def require(context: MigrationContext, column: ops.AlterColumnOp) -> OpList:
    """Make a column NOT NULL: PostgreSQL believes a CHECK, and reads no row."""
    preparer = context.dialect.identifier_preparer
    schema, table = table_of(column)
    name = f"ck_{table}_{column.column_name}_not_null"
    if len(name) > LONGEST:
        name = with_digest(name, name)
    condition = text(f"{preparer.quote(column.column_name)} IS NOT NULL")
    check = AddCheckOp(conv(name), table, condition, schema=schema)
    drop = ops.DropConstraintOp(
        conv(name), table, "check", schema=schema, if_exists=True
    )
    fill = f"Fill {column.column_name} of the rows that are there: VALIDATE refuses NULL."
    return [
        CommentOp(fill),
        *add_constraint(context, check),
        nullable(column, to=False),
        drop,
    ]


def nullable(op: ops.AlterColumnOp, *, to: bool) -> ops.AlterColumnOp:
    """Return the change of NULL or NOT NULL alone."""
    return ops.AlterColumnOp(
        op.table_name,
        op.column_name,
        schema=op.schema,
        existing_type=op.existing_type,
        modify_nullable=to,
    )


def quote_name(context: MigrationContext, name: str) -> str:
    """Return the name of an index or a constraint as SQL has it: a longer one is cut."""
    preparer = cast("Any", context.dialect.identifier_preparer)
    return str(preparer.truncate_and_render_constraint_name(name))
