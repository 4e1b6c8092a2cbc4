# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What is special on MySQL and MariaDB."""

from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Inspector, Table
from sqlalchemy.engine.interfaces import ReflectedColumn

from .asking import AskingImpl
from .checks import change_checks
from .order import order_tables
from .schemas import (
    create_schemas,
    create_sequences,
    leave_own_sequence,
    look_at_schemas_of_models,
)


def leave_indexes_to_drop_table(
    _: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Drop no index of a table that is dropped next: a foreign key may need it."""
    for container in (upgrade, downgrade):
        drops = [op for op in container.ops if isinstance(op, ops.DropTableOp)]
        dropped = {(op.schema, op.table_name) for op in drops}
        for op in container.ops:
            if (
                isinstance(op, ops.ModifyTableOps)
                and (op.schema, op.table_name) in dropped
            ):
                op.ops = [o for o in op.ops if not isinstance(o, ops.DropIndexOp)]


def drop_foreign_keys_first(
    _: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Drop foreign keys before the indexes that they need."""
    for op in (*upgrade.ops, *downgrade.ops):
        if isinstance(op, ops.ModifyTableOps):
            drops = [
                o
                for o in op.ops
                if isinstance(o, ops.DropConstraintOp)
                and o.constraint_type == "foreignkey"
            ]
            op.ops = drops + [o for o in op.ops if o not in drops]


class Impl(AskingImpl):
    """Stands before Alembic's MySQLImpl or MariaDBImpl."""

    steps = (
        change_checks,
        order_tables,
        leave_indexes_to_drop_table,
        drop_foreign_keys_first,
        create_sequences,
        create_schemas,
    )

    def complete_column(self, column: Column[Any]) -> None:
        """Make the column of a twin what this database will say of it."""
        super().complete_column(column)
        if column.identity:  # which this database does not know
            column.identity = column.server_default = None
        leave_own_sequence(column)

    def configure(self, migration: MigrationContext, hooks: ModuleType) -> None:
        """Set options of the comparison that this database needs."""
        look_at_schemas_of_models(migration, hooks)

    def existing(self, column: Column[Any], /) -> dict[str, Any]:
        """Return all of the column: MySQL is told it again with each change."""
        return {
            "existing_type": column.type,
            "existing_nullable": column.nullable,
            "existing_server_default": column.server_default or False,
            "existing_comment": column.comment,
            "autoincrement": column.autoincrement is True or None,
        }

    def table_options(self, table: Table, /) -> dict[str, Any]:
        """Return options of a table that its columns have without saying so."""
        charset = ("charset", "collate")
        return {k: v for k, v in table.kwargs.items() if k.endswith(charset)}

    def savepoint(self) -> AbstractContextManager[object]:
        """Return none: a statement that fails ends no transaction here."""
        return nullcontext()

    # The table that is being reflected, and what the database says of its columns.
    described: tuple[Table | None, dict[str, Any]] = (None, {})

    def autogen_column_reflect(
        self, inspector: Inspector, table: Table, column_info: ReflectedColumn
    ) -> None:
        """Read a default that has a string in an expression: SQLAlchemy does not."""
        if table is not self.described[0]:
            name = self.dialect.identifier_preparer.format_table(table)
            query = f"SHOW FULL COLUMNS FROM {name}"
            connection = cast("Connection", inspector.bind)
            rows = connection.exec_driver_sql(query).mappings()
            self.described = table, {row["Field"]: row for row in rows}
        row = self.described[1][column_info["name"]]
        if column_info["default"] is None and row["Default"] is not None:
            column_info["default"] = row["Default"]
            column_info["comment"] = row["Comment"] or None
