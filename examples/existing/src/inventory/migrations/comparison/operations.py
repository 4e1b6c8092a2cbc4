# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What operations of a revision hold, and how one executes SQL."""

import re
from typing import TypeGuard, cast

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.ddl.impl import DefaultImpl
from alembic.operations import Operations, ops
from sqlalchemy import Dialect, ExecutableDDLElement, TextClause

OpList = list[ops.MigrateOperation]


def flat(container: ops.OpContainer) -> OpList:
    """Return operations, and in the place of a container those in it."""
    found: OpList = []
    for op in container.ops:
        found += flat(op) if isinstance(op, ops.OpContainer) else [op]
    return found


def is_executed(op: ops.MigrateOperation) -> bool:
    """Return whether Alembic executes an operation: it may only write another's."""
    try:
        Operations._to_impl.dispatch(op)
    except ValueError:
        return False
    return True


def alters_column(op: ops.MigrateOperation, name: str) -> TypeGuard[ops.AlterColumnOp]:
    """Return whether an operation on a table changes this column of it."""
    return isinstance(op, ops.AlterColumnOp) and op.column_name == name


def new_column_names(
    drop: ops.DropColumnOp, changes: OpList, impl: DefaultImpl
) -> list[str]:
    """Return the names of new columns that have the type of one that goes."""
    column = drop.to_column()
    return [
        op.column.name
        for op in changes
        if isinstance(op, ops.AddColumnOp)
        and (op.schema, op.table_name) == (drop.schema, drop.table_name)
        and bool(op.column.computed) == bool(column.computed)
        and not impl.compare_type(column, op.column)
    ]


def new_table_name(drop: ops.DropTableOp, changes: OpList) -> str:
    """Return the name of a new table that has most of the columns of one that goes."""
    columns = {column.name for column in drop.to_table().columns}
    new_names = {"": len(columns) / 2}
    for op in changes:
        if isinstance(op, ops.CreateTableOp) and op.schema == drop.schema:
            same = columns & {column.name for column in op.to_table().columns}
            new_names[op.table_name] = len(same)
    return max(new_names, key=lambda name: new_names[name])


def executes(
    statement: ExecutableDDLElement | str, dialect: Dialect
) -> ops.ExecuteSQLOp:
    """Return the operation that executes a statement."""
    if not isinstance(statement, str):
        statement = str(statement.compile(dialect=dialect))
    return ops.ExecuteSQLOp(as_text(statement, dialect))


def as_text(sql: str, dialect: Dialect) -> str:
    """Return SQL as text() takes it: there, a colon starts a parameter."""
    return re.sub(r"(?<![:\w]):(?=\w)", r"\\:", as_server_gets_it(sql, dialect))


def as_server_gets_it(sql: str, dialect: Dialect) -> str:
    """Return SQL without what it has for a driver with parameters such as %s."""
    if dialect.paramstyle in ("format", "pyformat"):
        sql = sql.replace("%%", "%")
    return sql


class AddCheckOp(ops.CreateCheckConstraintOp):
    """Adds a CHECK to a table: Alembic has the operation, but does not write it."""


@renderers.dispatch_for(AddCheckOp)
def render_add_check(context: AutogenContext, op: AddCheckOp) -> str:
    """Return Python that adds a CHECK."""
    impl = context.migration_context.impl
    condition = impl.render_ddl_sql_expr(cast("TextClause", op.condition))
    name = f"op.f({op.constraint_name!r})"
    if context.opts.get("render_as_batch"):
        return f"batch_op.create_check_constraint(batch_{name}, {condition!r})"
    schema = f", schema={op.schema!r}" if op.schema else ""
    arguments = f"{name}, {op.table_name!r}, {condition!r}{schema}"
    return f"op.create_check_constraint({arguments})"
