# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How an index or a constraint comes and goes without a lock that is held for long.

Each statement stands outside a transaction, and may be run again with those before it.
"""

from copy import copy
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.sql.elements import conv

from .names import LONGEST, made_up, with_digest
from .operations import AddCheckOp, OpList, executes
from .postgresql_outside import (
    CommentOp,
    NotValidCheckOp,
    in_sql,
    quote_name,
    table_of,
)


def build_index(op: ops.CreateIndexOp) -> OpList:
    """Build an index while rows are read and written."""
    op = copy(op)
    op.kw = {**op.kw, "postgresql_concurrently": True}
    return [op]


def change_index(
    context: MigrationContext, old: ops.DropIndexOp, op: ops.CreateIndexOp
) -> OpList:
    """Build an index beside the one of its name, which queries use meanwhile."""
    new = copy(op)
    name = str(op.index_name)
    new.index_name = conv(beside(name))
    schema = context.dialect.identifier_preparer.quote_schema(op.schema or "")
    index = f"{schema}." * bool(op.schema) + quote_name(context, new.index_name)
    rename = f"ALTER INDEX {index} RENAME TO {quote_name(context, name)}"
    return [*build_index(new), old, executes(rename, context.dialect)]


def change_foreign_key(
    context: MigrationContext, old: ops.DropConstraintOp, op: ops.CreateForeignKeyOp
) -> OpList:
    """Add a foreign key beside the one of its name, which holds meanwhile."""
    new = copy(op)
    name = str(op.constraint_name)
    new.constraint_name = conv(beside(name))
    from_, to = quote_name(context, new.constraint_name), quote_name(context, name)
    rename = f"ALTER TABLE {in_sql(context, op)} RENAME CONSTRAINT {from_} TO {to}"
    return [*add_constraint(context, new), old, executes(rename, context.dialect)]


def beside(name: str) -> str:
    """Return a name for what will have this one."""
    new = f"{name}_new"
    return with_digest(name, new) if len(new) > LONGEST else new


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


def add_unique(context: MigrationContext, op: ops.CreateUniqueConstraintOp) -> OpList:
    """Build the index beside what is there, and make a constraint of it."""
    schema, table = table_of(op)
    constraint = op.to_constraint()
    name = cast("str", op.constraint_name)
    new = beside(name)
    index = ops.CreateIndexOp(
        conv(new),
        table,
        op.columns,
        schema=schema,
        unique=True,
        **{name: value for name, value in constraint.dialect_kwargs.items() if value},
    )
    quoted = quote_name(context, name)
    compiler = context.dialect.ddl_compiler(context.dialect, cast("Any", None))
    deferrable = compiler.define_constraint_deferrability(constraint)
    swap = (
        f"ALTER TABLE {in_sql(context, op)} DROP CONSTRAINT IF EXISTS {quoted},"
        f" ADD CONSTRAINT {quoted} UNIQUE"
        f" USING INDEX {quote_name(context, new)}{deferrable}"
    )
    return [*build_index(index), executes(swap, context.dialect)]


def require(context: MigrationContext, column: ops.AlterColumnOp) -> OpList:
    """Make a column NOT NULL: PostgreSQL believes a CHECK, and reads no row."""
    preparer = context.dialect.identifier_preparer
    schema, table = table_of(column)
    name = made_up("ck", table, [column.column_name, "not_null"])
    condition = text(f"{preparer.quote(column.column_name)} IS NOT NULL")
    check = AddCheckOp(conv(name), table, condition, schema=schema)
    drop = ops.DropConstraintOp(
        conv(name), table, "check", schema=schema, if_exists=True
    )
    where = f"{preparer.quote(column.column_name)} IS NULL"
    values = "{" + f"{column.column_name!r}: ..." + "}"
    fills = f"{table!r}, {values}, where={where!r}"
    if schema:
        fills += f", schema={schema!r}"
    return [
        CommentOp("NULL is refused. Fill the rows that are there:"),
        CommentOp(f"op.backfill({fills})"),
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
