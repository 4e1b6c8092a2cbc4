# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How the changes of a table are written on SQLite: in a batch, with what it needs."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from copy import copy
from typing import Any, cast

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, String

from .operations import flat
from .sqlite_statements import StatementsImpl, parsed


class BatchOps(ops.ModifyTableOps):
    """Changes of a table, and the arguments of their batch."""


class AddPrimaryKeyOp(ops.CreatePrimaryKeyOp):
    """Adds a primary key: Alembic has the operation, but does not write it."""


class TableOptionsOp(ops.MigrateOperation):
    """Makes a table STRICT, WITHOUT ROWID or AUTOINCREMENT, or no longer."""

    def __init__(
        self, table_name: str, before: Mapping[str, bool], after: Mapping[str, bool]
    ) -> None:
        """Take the options that change."""
        self.table_name = table_name
        self.before = before
        self.after = after

    def reverse(self) -> "TableOptionsOp":
        """Return the way back."""
        return TableOptionsOp(self.table_name, self.after, self.before)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """Return what `check` says."""
        return ("modify_options", self.table_name, self.before, self.after)


@renderers.dispatch_for(AddPrimaryKeyOp)
def render_add_primary_key(_: AutogenContext, op: AddPrimaryKeyOp) -> str:
    """Return Python that adds a primary key."""
    columns = [str(column) for column in op.columns]
    return f"batch_op.create_primary_key({op.constraint_name!r}, {columns!r})"


@renderers.dispatch_for(TableOptionsOp)
def render_table_options(*_: object) -> list[str]:
    """Return nothing: options are arguments of the batch."""
    return []


@renderers.dispatch_for(BatchOps)
def render_batch(context: AutogenContext, op: BatchOps) -> list[str]:
    """Return Python that changes a table."""
    changes = ops.ModifyTableOps(op.table_name, op.ops, schema=op.schema)
    first, *lines = renderers.dispatch(changes)(context, changes)
    arguments = ""
    if unnamed := [each for each in op.ops if each.info.get("unnamed")]:
        items = [called(each, context) for each in unnamed]
        arguments += f", reflect_args=[{', '.join(items)}]"
    for each in op.ops:
        if isinstance(each, TableOptionsOp):
            arguments += f', recreate="always", table_kwargs={dict(each.after)!r}'
    first = first.replace(") as batch_op:", f"{arguments}) as batch_op:")
    return [first, *(lines if any(lines) else ["pass", ""])]


def called(op: Any, context: AutogenContext) -> str:
    """Return Python that gives a constraint of the database a name, to drop it."""
    constraint, name = op.to_constraint(), str(op.constraint_name)
    columns = [str(column.name) for column in constraint.columns]
    if isinstance(constraint, CheckConstraint):
        impl = context.migration_context.impl
        condition = impl.render_ddl_sql_expr(constraint.sqltext)
        return f"sa.CheckConstraint({condition!r}, name={name!r})"
    if isinstance(constraint, ForeignKeyConstraint):
        targets = [element.target_fullname for element in constraint.elements]
        return f"sa.ForeignKeyConstraint({columns!r}, {targets!r}, name={name!r})"
    kind = type(constraint).__name__
    return f"sa.{kind}({', '.join(map(repr, columns))}, name={name!r})"


def write_batches(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Write changes in batches, which come after new tables and before old ones go."""
    impl = cast("StatementsImpl", context.impl)
    places = {ops.CreateTableOp: 0, ops.DropTableOp: 2}
    for container in (upgrade, downgrade):
        container.ops.sort(key=lambda op: places.get(type(op), 1))
        for number, op in enumerate(container.ops):
            if isinstance(op, ops.ModifyTableOps):
                container.ops[number] = BatchOps(
                    op.table_name, op.ops, schema=op.schema
                )
        for op in flat(container):
            if isinstance(op, ops.AlterColumnOp):
                say_binary(op)
    for op in flat(upgrade):
        if isinstance(op, ops.DropConstraintOp) and op.table_name in impl.tables:
            clauses = parsed(impl.tables[op.table_name]).clauses()
            named = {clause.name for _, clause in clauses}
            op.info["unnamed"] = op.constraint_name not in named
    for table in upgrade.ops:
        if isinstance(table, ops.ModifyTableOps):
            gone = {o.column_name for o in table.ops if isinstance(o, ops.DropColumnOp)}
            gone -= {o.column.name for o in table.ops if isinstance(o, ops.AddColumnOp)}
            table.ops = [op for op in table.ops if not goes_with(op, gone)]


def goes_with(op: ops.MigrateOperation, gone: AbstractSet[str]) -> bool:
    """Return whether a constraint without a name goes with its column by itself."""
    if not (isinstance(op, ops.DropConstraintOp) and op.info.get("unnamed")):
        return False
    columns = {column.name for column in cast("Any", op.to_constraint()).columns}
    return bool(columns & gone)


def say_binary(op: ops.AlterColumnOp) -> None:
    """Say which collation a column has that has none: else it keeps its own."""
    before = getattr(op.existing_type, "collation", None)
    if before and isinstance(op.modify_type, String) and not op.modify_type.collation:
        op.modify_type = copy(op.modify_type)
        op.modify_type.collation = "BINARY"
