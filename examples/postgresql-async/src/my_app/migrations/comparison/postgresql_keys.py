# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How keys of PostgreSQL change with a SERIAL in them, and foreign keys to them."""

import re
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import DefaultClause, Dialect, Sequence, Table, text
from sqlalchemy.types import TypeEngine

from .asking import AskingImpl
from .checks import changes_in
from .keys import AddPrimaryKeyOp, changed_keys, lift, staying_keys, take_name, target
from .operations import OpList, executes, flat
from .order import table_key
from .postgresql_sequences import serial_name
from .postgresql_types import literal


class Serial:
    """A column that takes its values from a sequence of its own."""

    def __init__(
        self, table: Table, name: str, type_: TypeEngine[Any], dialect: Dialect
    ) -> None:
        """Take the names, as PostgreSQL gives them."""
        self.name = name
        self.dialect = dialect
        preparer = dialect.identifier_preparer
        self.table = preparer.format_table(table)
        self.column = preparer.quote(name)
        sequence = Sequence(serial_name(table.name, name), schema=table.schema)
        self.sequence = preparer.format_sequence(sequence)
        self.alter = f"ALTER TABLE {self.table} ALTER COLUMN {self.column}"
        self.type = dialect.type_compiler_instance.process(type_)

    def make(self) -> OpList:
        """Return what makes the sequence."""
        return self.executed(f"CREATE SEQUENCE {self.sequence} AS {self.type}")

    def start(self) -> OpList:
        """Return what has the column take its values from the sequence."""
        sequence, alter = literal(self.sequence), self.alter
        return self.executed(
            f"SELECT setval({sequence}, max({self.column})) FROM {self.table}",
            f"{alter} SET DEFAULT nextval({sequence})",
            f"ALTER SEQUENCE {self.sequence} OWNED BY {self.table}.{self.column}",
        )

    def stop(self) -> OpList:
        """Return what has the column take no values any more."""
        return self.executed(
            f"{self.alter} DROP DEFAULT", f"DROP SEQUENCE {self.sequence}"
        )

    def executed(self, *statements: str) -> OpList:
        """Return the operations that execute statements."""
        return [executes(statement, self.dialect) for statement in statements]


Key = tuple[AddPrimaryKeyOp, Serial | None]


def change_primary_keys(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Make primary keys anew that have other columns, and SERIAL of one of them."""
    inspector = cast("AskingImpl", context.impl).inspector
    for table, old, new in changed_keys(context):
        before = after = None
        for each in inspector.get_columns(table.name, schema=table.schema):
            found = re.match(r"nextval\('(.+)'::regclass\)", each["default"] or "")
            if found and each["name"] in old.columns:
                before = Serial(table, each["name"], each["type"], context.dialect)
                before.sequence = found[1].replace("''", "'")
        column = table.autoincrement_column
        explicit = column is not None and isinstance(column.default, Sequence)
        if column is not None and not (explicit or column.server_default):
            after = Serial(table, column.name, column.type, context.dialect)
        change_key(table, upgrade, (old, before), (new, after))
        change_key(table, downgrade, (new, after), (old, before))


def replace_key(
    table: Table, container: ops.OpContainer, old: AddPrimaryKeyOp, new: AddPrimaryKeyOp
) -> None:
    """Drop a primary key before the changes of a table, and add another after them."""
    changes = changes_in(container, table).ops
    drops = [op for op in changes if isinstance(op, ops.DropColumnOp)]
    rest = [op for op in changes if op not in drops]
    drop = [old.reverse()] if old.columns else []
    changes[:] = [*drop, *rest, *([new] if new.columns else []), *drops]


def change_key(
    table: Table, container: ops.OpContainer, before: Key, after: Key
) -> None:
    """Drop a key with what counts, and add another."""
    (old, counted), (new, counts) = before, after
    replace_key(table, container, old, new)
    if getattr(counted, "name", None) == getattr(counts, "name", None):
        return
    changes = changes_in(container, table).ops
    lost = {op.column_name for op in changes if isinstance(op, ops.DropColumnOp)}
    if counted and counted.name not in lost:
        changes += counted.stop()
    if counts:
        for op in changes:
            if isinstance(op, ops.AddColumnOp) and op.column.name == counts.name:
                default = text(f"nextval({literal(counts.sequence)})")
                op.column.server_default = DefaultClause(default)
        changes[:] = [*counts.make(), *changes, *counts.start()]


def lift_from_unique(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Drop foreign keys while what makes their target unique is made anew."""
    keys: list[ops.CreateForeignKeyOp] | None = None
    for container in (upgrade, downgrade):
        for op in flat(container):
            if not isinstance(op, ops.DropConstraintOp | ops.DropIndexOp):
                continue
            dropped = cast("Any", op.reverse())
            if isinstance(dropped, ops.CreateForeignKeyOp):
                continue
            keys = list(staying_keys(context, upgrade)) if keys is None else keys
            inspector = cast("AskingImpl", context.impl).inspector
            columns = {str(column) for column in getattr(dropped, "columns", ())}
            for key in keys:
                leads = target(key) == table_key(op) and {*key.remote_cols} == columns
                if leads and take_name(key, inspector):
                    lift(key, container)
