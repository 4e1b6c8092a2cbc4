# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which foreign keys of MySQL and MariaDB stand in the way of a column's change."""

from collections.abc import Set as AbstractSet
from typing import TypeGuard, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Dialect, ForeignKeyConstraint, String

from .asking import AskingImpl
from .keys import lift, source, staying_keys, take_name, target
from .mysql_columns import is_mariadb
from .operations import flat
from .order import referred, table_key

Column = tuple[str, str]  # the key of a table, and a name
ONE_BYTE = 255  # bytes of a VARCHAR whose length takes one byte: longer ones take two


def lift_foreign_keys(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Drop foreign keys while their columns change on both sides, and only those.

    To add one again, the server looks at all rows.
    """
    changed = changed_columns(upgrade) | changed_columns(downgrade)
    if not changed:
        return
    inspector = cast("AskingImpl", context.impl).inspector
    keys = list(staying_keys(context, upgrade))
    for container in (upgrade, downgrade):
        mark_new_keys(container, changed.keys())
        changes = changed_columns(container)
        for key in keys:
            refused = any(
                forbids(key, changes[column], context.dialect)
                for column in columns_of(key) & changes.keys()
            )
            if refused and take_name(key, inspector):
                lift(key, container)


def mark_new_keys(container: ops.OpContainer, changed: AbstractSet[Column]) -> None:
    """Have foreign keys of new tables come after the columns to which they lead."""
    for op in container.ops:
        items = op.columns if isinstance(op, ops.CreateTableOp) else ()
        for item in items:
            if isinstance(item, ForeignKeyConstraint):
                names = [each.target_fullname for each in item.elements]
                leads = {(referred(item), name.rpartition(".")[2]) for name in names}
                item.info["apart"] = bool(leads & changed)


def changed_columns(container: ops.OpContainer) -> dict[Column, ops.AlterColumnOp]:
    """Return what changes columns by their tables and names."""
    return {
        (table_key(op), op.column_name): op
        for op in flat(container)
        if isinstance(op, ops.AlterColumnOp)
        and (
            op.modify_type is not None
            or op.modify_nullable is False
            or "counts" in op.info
        )
    }


def columns_of(key: ops.CreateForeignKeyOp) -> set[Column]:
    """Return the columns on both sides of a foreign key."""
    return {
        *((source(key), column) for column in key.local_cols),
        *((target(key), column) for column in key.remote_cols),
    }


def forbids(
    key: ops.CreateForeignKeyOp, change: ops.AlterColumnOp, dialect: Dialect
) -> bool:
    """Return whether the server refuses a change because of a foreign key."""
    if "counts" in change.info:
        return True
    mariadb = is_mariadb(dialect)
    if change.modify_type is not None and (mariadb or not grows_in_place(change)):
        return True
    acts = bool(key.kw.get("onupdate") or key.kw.get("ondelete"))
    return mariadb and acts and change.modify_nullable is False


def grows_in_place(change: ops.AlterColumnOp) -> bool:
    """Return whether MySQL itself changes no row: the length keeps its own length."""
    before, after = change.existing_type, change.modify_type
    if not (is_varchar(before) and is_varchar(after)):
        return False
    old, new = before.length or 0, after.length or 0
    same_bytes = new * 4 <= ONE_BYTE or old > ONE_BYTE
    return before.collation == after.collation and old <= new and same_bytes


def is_varchar(type_: object) -> TypeGuard[String]:
    """Return whether a type is VARCHAR."""
    return getattr(type_, "__visit_name__", "") in ("string", "VARCHAR")
