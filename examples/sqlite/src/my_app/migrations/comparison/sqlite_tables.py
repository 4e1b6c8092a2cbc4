# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which keys and options of tables change on SQLite: Alembic compares none."""

from typing import cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Integer, Table

from .checks import changes_in
from .sqlite_batches import AddPrimaryKeyOp, TableOptionsOp
from .sqlite_statements import StatementsImpl, parsed, tables_of_main


def change_tables(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Make keys anew that have other columns, and tables that have other options."""
    impl = cast("StatementsImpl", context.impl)
    for table, there in tables_of_main(impl).items():
        key, name = there.primary_key, f"pk_{table.name}"
        before = [column.name for column in key.columns]
        after = [column.name for column in table.primary_key.columns]
        if before != after:
            old = AddPrimaryKeyOp(key.name or name, table.name, before)
            new = AddPrimaryKeyOp(table.primary_key.name or name, table.name, after)
            replace_key(table, upgrade, old if key.name or not after else None, new)
            replace_key(table, downgrade, new, old)
        options, wanted = options_there(impl.tables[table.name]), options_of(table)
        changed = [option for option in wanted if wanted[option] != options[option]]
        if changed:
            change = TableOptionsOp(
                table.name,
                {option: options[option] for option in changed},
                {option: wanted[option] for option in changed},
            )
            changes_in(upgrade, table).ops.append(change)
            changes_in(downgrade, table).ops.append(change.reverse())


def replace_key(
    table: Table,
    container: ops.OpContainer,
    old: AddPrimaryKeyOp | None,
    new: AddPrimaryKeyOp,
) -> None:
    """Drop a primary key, if it does not go by itself, and add another."""
    changes = changes_in(container, table).ops
    if old and old.columns:
        changes.insert(0, old.reverse())
    if new.columns:
        changes.append(new)


def options_there(statement: str) -> dict[str, bool]:
    """Return which options a table has."""
    words = ("strict", "without", "autoincrement")
    found = parsed(statement) if any(w in statement.lower() for w in words) else None
    return {
        "sqlite_strict": bool(found and "strict" in found.options),
        "sqlite_with_rowid": not (found and "without" in found.options),
        "sqlite_autoincrement": bool(found and found.has_autoincrement),
    }


def options_of(table: Table) -> dict[str, bool]:
    """Return which options the table of a model has."""
    options, key = table.dialect_options["sqlite"], list(table.primary_key.columns)
    types = [cast("type", column.type._type_affinity) for column in key]
    has_number = types == [Integer] and not key[0].foreign_keys
    return {
        "sqlite_strict": bool(options.get("strict")),
        "sqlite_with_rowid": options.get("with_rowid", True),
        "sqlite_autoincrement": has_number and bool(options.get("autoincrement")),
    }
