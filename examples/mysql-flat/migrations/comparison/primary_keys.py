# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which primary keys have other columns: Alembic compares none."""

from itertools import groupby
from typing import cast

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Table
from sqlalchemy.sql.elements import conv

from .asking import AskingImpl
from .checks import changes_in
from .order import table_key


class AddPrimaryKeyOp(ops.CreatePrimaryKeyOp):
    """Adds a primary key: Alembic has the operation, but does not write it."""


@renderers.dispatch_for(AddPrimaryKeyOp)
def render_add_primary_key(_: AutogenContext, op: AddPrimaryKeyOp) -> str:
    """Return Python that adds a primary key."""
    columns = [str(column) for column in op.columns]
    schema = f", schema={op.schema!r}" if op.schema else ""
    name = f"op.f({op.constraint_name!r})"
    return f"op.create_primary_key({name}, {op.table_name!r}, {columns!r}{schema})"


# A table of the models, its key in the database, and that of the models.
KeyChange = tuple[Table, AddPrimaryKeyOp, AddPrimaryKeyOp]


def changed_keys(
    context: MigrationContext, upgrade: ops.OpContainer
) -> list[KeyChange]:
    """Return the primary keys that have other columns than before."""
    inspector = cast("AskingImpl", context.impl).inspector
    include = AutogenContext(context).run_object_filters
    creates = [op for op in upgrade.ops if isinstance(op, ops.CreateTableOp)]
    created = {table_key(op) for op in creates}
    tables = [
        table
        for metadata in context.opts["target_metadata"]
        for table in metadata.tables.values()
        if table.key not in created
        if include(table, table.name, "table", reflected=False, compare_to=None)
    ]
    found: list[KeyChange] = []
    tables.sort(key=lambda table: table.schema or "")
    for schema, group in groupby(
        tables, key=lambda table: cast("str | None", table.schema)
    ):
        by_name = {table.name: table for table in group}
        keys = inspector.get_multi_pk_constraint(schema=schema, filter_names=[*by_name])
        for (_, name), key in keys.items():
            table = by_name[name]
            before = key["constrained_columns"] if key else []
            after = [column.name for column in table.primary_key.columns]
            if before != after:
                old_name = (key and key["name"]) or f"pk_{name}"
                new_name = table.primary_key.name or old_name
                old, new = (
                    AddPrimaryKeyOp(conv(str(each)), name, columns, schema=schema)
                    for each, columns in ((old_name, before), (new_name, after))
                )
                found.append((table, old, new))
    return found


def replace_key(
    table: Table, container: ops.OpContainer, old: AddPrimaryKeyOp, new: AddPrimaryKeyOp
) -> None:
    """Drop a primary key before the changes of a table, and add another after them."""
    changes = changes_in(container, table).ops
    drops = [op for op in changes if isinstance(op, ops.DropColumnOp)]
    rest = [op for op in changes if op not in drops]
    drop = [old.reverse()] if old.columns else []
    changes[:] = [*drop, *rest, *([new] if new.columns else []), *drops]
