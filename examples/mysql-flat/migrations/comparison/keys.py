# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which primary keys have other columns than before, and which foreign keys stay."""

from collections.abc import Iterator
from typing import cast

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Inspector, Table
from sqlalchemy.sql.elements import conv

from .implementation import BaseImpl
from .operations import flat
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


def changed_keys(context: MigrationContext) -> list[KeyChange]:
    """Return the primary keys that have other columns than before."""
    found: list[KeyChange] = []
    for table, there in cast("BaseImpl", context.impl).compared.items():
        before, after = (
            [column.name for column in each.primary_key.columns]
            for each in (there, table)
        )
        if before != after:
            old_name = there.primary_key.name or f"pk_{table.name}"
            new_name = table.primary_key.name or old_name
            old, new = (
                AddPrimaryKeyOp(
                    conv(str(name)), table.name, columns, schema=table.schema
                )
                for name, columns in ((old_name, before), (new_name, after))
            )
            found.append((table, old, new))
    return found


def staying_keys(
    context: MigrationContext, upgrade: ops.OpContainer
) -> Iterator[ops.CreateForeignKeyOp]:
    """Yield the foreign keys that are there before and after, as what adds them."""
    changes = flat(upgrade)
    created = {table_key(op) for op in changes if isinstance(op, ops.CreateTableOp)}
    adds = [op for op in changes if isinstance(op, ops.CreateForeignKeyOp)]
    added = {(source(op), *op.local_cols) for op in adds}
    for metadata in context.opts["target_metadata"]:
        for table in metadata.tables.values():
            if table.key in created:
                continue
            for constraint in table.foreign_key_constraints:
                key = ops.CreateForeignKeyOp.from_constraint(constraint)
                key.kw.pop("use_alter", None)
                if (source(key), *key.local_cols) not in added:
                    yield key


def source(key: ops.CreateForeignKeyOp) -> str:
    """Return the table that has a foreign key, by its key in the MetaData."""
    schema = key.kw.get("source_schema")
    return f"{schema}.{key.source_table}" if schema else key.source_table


def target(key: ops.CreateForeignKeyOp) -> str:
    """Return the table to which a foreign key leads, by its key in the MetaData."""
    schema = key.kw.get("referent_schema")
    return f"{schema}.{key.referent_table}" if schema else key.referent_table


def take_name(key: ops.CreateForeignKeyOp, inspector: Inspector) -> bool:
    """Give a foreign key its name in the database, and return whether it is there."""
    schema = key.kw.get("source_schema")
    for there in inspector.get_foreign_keys(key.source_table, schema=schema):
        if there["constrained_columns"] == key.local_cols and (
            (there["referred_table"], there["referred_columns"])
            == (key.referent_table, key.remote_cols)
        ):
            key.constraint_name = conv(cast("str", there["name"]))
            return True
    return False


def lift(key: ops.CreateForeignKeyOp, container: ops.OpContainer) -> None:
    """Have a foreign key go while the rest is changed: order.py drops it first."""
    adds = [op for op in flat(container) if isinstance(op, ops.CreateForeignKeyOp)]
    if any((source(op), op.local_cols) == (source(key), key.local_cols) for op in adds):
        return  # it goes already
    changes = [key.reverse(), key]
    schema = key.kw.get("source_schema")
    container.ops.append(ops.ModifyTableOps(key.source_table, changes, schema=schema))
