# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which generated columns are as the models say, and what changes those that aren't."""

import re
from typing import Any, cast

from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Computed, Table, text
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedComputed

from .asking import AskingImpl
from .checks import changes_in
from .names import mentions
from .operations import alters_column, as_server_gets_it, as_text

AFTER = ops.DropColumnOp | ops.AddConstraintOp | ops.CreateIndexOp


def take_computed_of_model(
    impl: AskingImpl, table: Table, column_info: ReflectedColumn
) -> None:
    """Have Alembic see no difference, and keep one that is: it only warns of it."""
    if "computed" not in column_info:
        return
    there = column_info["computed"]
    for twins in impl.context_opts["target_metadata"]:
        twin = twins.tables.get(table.key)
        model = None if twin is None else twin.columns.get(column_info["name"])
        if model is None or not model.computed:
            continue
        if not is_same(impl, model, there):
            sqltext = text(as_text(there["sqltext"], DefaultDialect()))
            old = Column(
                model.name,
                column_info["type"],
                Computed(sqltext, persisted=there.get("persisted")),
                nullable=column_info["nullable"],
                comment=column_info.get("comment"),
            )
            impl.other_expressions.append((twin, old, model))
        there["sqltext"] = model.computed.sqltext


def is_same(impl: AskingImpl, model: Column[Any], there: ReflectedComputed) -> bool:
    """Return whether this database says the model's expression as it says this one."""
    computed = cast("Computed", model.computed)
    said, stored = there["sqltext"], there.get("persisted")
    if impl.stores_anew and computed.persisted not in (None, stored):
        return False
    literally = {"literal_binds": True, "include_table": False}
    compiled = computed.sqltext.compile(dialect=impl.dialect, compile_kwargs=literally)
    told = as_server_gets_it(str(compiled), impl.dialect)
    if said in (told, f"({told})"):
        return True
    table, asked = model.table, None
    found = impl.inspector.get_columns(table.name, table.schema)
    # It is the same, too, if a column that it mentions gets another type.
    for types in ({each["name"]: each["type"] for each in found}, {}):
        others = [
            Column(column.name, types.get(column.name, column.type))
            for column in table.columns
            if column is not model and mentions(told, column.name)
        ]
        same = Computed(computed.sqltext, persisted=stored)
        made = Column(model.name, types.get(model.name, model.type), same)
        asked = impl.ask_expression(made, *others)
        if asked == said:
            return True
    return not asked and bare(told) == bare(said)


def bare(sql: str) -> str:
    """Return SQL without what may be written in another way."""
    return re.sub(r"[\s()'\"`\[\]]", "", sql).lower()


def change_computed(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Give columns that are generated otherwise the expression of the model."""
    impl = cast("AskingImpl", context.impl)
    include = AutogenContext(context).run_object_filters
    for table, old, new in impl.other_expressions:
        if table in impl.compared and include(
            new, new.name, "column", reflected=False, compare_to=old
        ):
            note = f"Gives column {new.name} of {table.key} another expression."
            if old.computed and old.computed.persisted:
                note += f" All of {table.key} is written again."
            change(impl, upgrade, table, old, new).info["note"] = note
            change(impl, downgrade, table, new, old)


def change(
    impl: AskingImpl,
    container: ops.OpContainer,
    table: Table,
    before: Column[Any],
    after: Column[Any],
) -> ops.MigrateOperation:
    """Change an expression when new columns are there, and none is gone."""
    changes = changes_in(container, table).ops
    found = impl.with_expression(table, before, after, changes)
    left = [op for op in changes if not alters_column(op, before.name)]
    places = (number for number, op in enumerate(left) if isinstance(op, AFTER))
    place = next(places, len(left))
    changes[:] = [*left[:place], *found, *left[place:]]
    return found[0]
