# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How PostgreSQL changes a column's type, or its identity."""

from typing import Any, cast

from alembic.ddl.base import ColumnDefault, IdentityColumnDefault
from alembic.ddl.postgresql import PostgresqlColumnType
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    ARRAY,
    Column,
    Connection,
    Dialect,
    ExecutableDDLElement,
    Identity,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from .asking import AskingImpl
from .operations import OpList, executes
from .postgresql_sequences import options_of


def alter_by_sql(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Write as SQL what Alembic's alter_column() lacks: USING, and identities there."""
    for table in (*upgrade.ops, *downgrade.ops):
        if isinstance(table, ops.ModifyTableOps):
            table.ops = [each for op in table.ops for each in by_sql(context, op)]


def by_sql(context: MigrationContext, op: ops.MigrateOperation) -> OpList:
    """Return the SQL and what is left to do of an operation."""
    if not isinstance(op, ops.AlterColumnOp):
        return [op]
    done: list[ExecutableDDLElement] = []
    last: list[ExecutableDDLElement] = []
    default, existing = op.modify_server_default, op.existing_server_default
    if op.modify_type is not None and not casts(op, op.modify_type, context):
        done += cast_with_using(op, op.modify_type, context.dialect)
        op.existing_type, op.modify_type = op.modify_type, None
    if isinstance(existing, Identity) and default is not False:
        if isinstance(default, Identity):
            type_ = op.modify_type or op.existing_type
            options = cast("Any", options_of(default, type_))
            default = Identity(always=default.always, **options)
        alter = IdentityColumnDefault(
            op.table_name,
            op.column_name,
            default,
            context.impl,
            schema=op.schema,
            existing_server_default=existing,
        )
        # The options may not fit the type before; but another type has no identity.
        (done if default is None else last).append(alter)
        op.modify_server_default = False
    left = [op] if op.has_changes() else []
    before, after = (
        [executes(each, context.dialect) for each in some] for some in (done, last)
    )
    return [*before, *left, *after]


def casts(
    op: ops.AlterColumnOp, type_: TypeEngine[Any], context: MigrationContext
) -> bool:
    """Return whether PostgreSQL casts the column by itself: asked of another one."""
    default = getattr(op.existing_server_default, "arg", None)
    column = Column("asked", op.existing_type, server_default=default)
    asking = cast("AskingImpl", context.impl).asking(column)
    connection = cast("Connection", context.connection)
    try:
        with asking as (_, table), connection.begin_nested():
            connection.execute(PostgresqlColumnType(table.name, column.name, type_))
    except DBAPIError:
        return False
    return True


def cast_with_using(
    op: ops.AlterColumnOp, type_: TypeEngine[Any], dialect: Dialect
) -> list[ExecutableDDLElement]:
    """Return what gives a column a type to which PostgreSQL casts if it is told."""
    array = "[]" if isinstance(type_, ARRAY) else ""
    drop = ColumnDefault(op.table_name, op.column_name, None, schema=op.schema)
    using = f"{dialect.identifier_preparer.quote(op.column_name)}::text{array}"
    using += f"::{dialect.type_compiler_instance.process(type_)}"
    alter = PostgresqlColumnType(
        op.table_name, op.column_name, type_, schema=op.schema, using=using
    )
    return [drop, alter] if op.existing_server_default else [alter]
