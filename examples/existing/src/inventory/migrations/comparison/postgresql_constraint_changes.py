# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How constraints of PostgreSQL change where Alembic can't write it."""

from typing import cast

from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Dialect
from sqlalchemy.schema import AddConstraint
from sqlalchemy.types import NullType

from .operations import executes, flat
from .postgresql_constraints import ConstraintsImpl


class AddUniqueOp(ops.ExecuteSQLOp):
    """Adds a UNIQUE constraint by SQL."""

    unique: ops.CreateUniqueConstraintOp


def change_matches(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Make foreign keys anew that have another MATCH."""
    include = AutogenContext(context).run_object_filters
    for there, model in cast("ConstraintsImpl", context.impl).other_matches:
        name = model.name = model.name or there.name
        if include(
            model,
            str(name),
            "foreign_key_constraint",
            reflected=False,
            compare_to=there,
        ):
            table = model.table
            for container, old, new in (
                (upgrade, there, model),
                (downgrade, model, there),
            ):
                drop = ops.DropConstraintOp.from_constraint(old)
                changes = [drop, ops.CreateForeignKeyOp.from_constraint(new)]
                container.ops.append(
                    ops.ModifyTableOps(table.name, changes, schema=table.schema)
                )


def add_by_sql(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Write as SQL what Alembic's create_unique_constraint() lacks: INCLUDE."""
    for table in (*upgrade.ops, *downgrade.ops):
        if isinstance(table, ops.ModifyTableOps):
            table.ops = [by_sql(op, context.dialect) for op in table.ops]


def by_sql(op: ops.MigrateOperation, dialect: Dialect) -> ops.MigrateOperation:
    """Return what adds a constraint whose index includes more columns."""
    if not isinstance(op, ops.CreateUniqueConstraintOp):
        return op
    if not (include := op.kw.get("postgresql_include")):
        return op
    constraint = op.to_constraint()
    for column in include:
        constraint.table.append_column(Column(column, NullType()))
    add = AddUniqueOp(executes(AddConstraint(constraint), dialect).sqltext)
    add.unique = op
    return add


def leave_out_nulls_distinct(
    _: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Take out an argument that says what holds without it."""
    name = "postgresql_nulls_not_distinct"
    for op in (*flat(upgrade), *flat(downgrade)):
        items = op.columns if isinstance(op, ops.CreateTableOp) else ()
        options = [getattr(item, "dialect_kwargs", {}) for item in items]
        for each in (getattr(op, "kw", {}), *options):
            if each.get(name) is False:
                del each[name]
