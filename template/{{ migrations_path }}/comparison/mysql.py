# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What is special on MySQL and MariaDB."""

from itertools import chain
from types import ModuleType
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Inspector, Integer, Sequence, Table
from sqlalchemy.dialects.mysql import JSON
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.schema import CreateTable

from .checks import change_checks
from .generated import change_computed, take_computed_of_model
from .mysql_asked import COPY
from .mysql_columns import (
    as_told,
    is_mariadb,
    json_columns,
    modify_whole_columns,
    put_default_in_parentheses,
    unescaped,
)
from .mysql_foreign_keys import lift_foreign_keys
from .mysql_indexes import IndexesImpl
from .mysql_needed_indexes import keep_needed_indexes
from .mysql_online import refuse_locks
from .mysql_order import leave_indexes_to_drop_table, order_changes
from .mysql_primary_keys import change_primary_keys
from .operations import OpList, executes
from .order import order_tables
from .schemas import (
    Item,
    create_schemas,
    create_sequences,
    leave_own_sequence,
    look_at_schemas_of_models,
)


class Impl(IndexesImpl):
    """Stands before Alembic's MySQLImpl or MariaDBImpl."""

    stores_anew = False

    steps = (
        change_checks,
        change_computed,
        change_primary_keys,
        keep_needed_indexes,
        lift_foreign_keys,
        order_changes,
        order_tables,
        leave_indexes_to_drop_table,
        modify_whole_columns,
        create_sequences,
        create_schemas,
    )

    def complete_column(self, column: Column[Any]) -> None:
        """Make the column of a twin what this database will say of it."""
        super().complete_column(column)
        if column.identity:  # which this database does not know
            column.identity = column.server_default = None
        put_default_in_parentheses(column, self.dialect)
        sequence = isinstance(column.default, Sequence)
        if sequence and not self.dialect.supports_sequences:
            column.default = None  # MySQL itself has AUTO_INCREMENT alone
        leave_own_sequence(column)

    def configure(self, migration: MigrationContext, hooks: ModuleType) -> None:
        """Set options of the comparison that this database needs."""
        self.asks_about_locks = getattr(hooks, "online", True)
        models = migration.opts["target_metadata"]
        tables = [*chain.from_iterable(each.tables.values() for each in models)]
        foreign: set[Item] = {
            ("table", schema, None, f"{COPY}_{number}")
            for schema in {table.schema for table in tables}
            for number in range(len(tables))
        }
        for table in tables:  # of MySQL's sql_generate_invisible_primary_key
            foreign.add(("column", table.schema, table.name, "my_row_id"))
        look_at_schemas_of_models(migration, hooks, foreign)

    def warn(
        self, context: MigrationContext, directives: list[ops.MigrationScript]
    ) -> None:
        """Say what is dangerous in a revision."""
        if self.asks_about_locks:
            refuse_locks(context, directives)

    def with_expression(
        self, table: Table, _: Column[Any], after: Column[Any], __: OpList, /
    ) -> OpList:
        """Return what tells all of a generated column again."""
        compiler = cast("Any", self.dialect).ddl_compiler(self.dialect, None)
        name = self.dialect.identifier_preparer.format_table(table)
        told = compiler.get_column_specification(after)
        return [executes(f"ALTER TABLE {name} MODIFY COLUMN {told}", self.dialect)]

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

    def create(self, table: Table) -> None:
        """Create a table; a statement that fails ends no transaction here."""
        # With sql_require_primary_key no table is without one.
        table.append_column(Column("alembic_key", Integer, primary_key=True))
        create = str(CreateTable(table).compile(dialect=self.dialect))
        for key in table.info.get("keys", ()):  # CREATE INDEX would commit
            create = f"{create.rstrip()[:-1]}, {key})"
        cast("Connection", self.connection).exec_driver_sql(create)

    # The table that is being reflected, and what the database says of its columns.
    described: tuple[Table | None, dict[str, Any]] = (None, {})
    json: frozenset[str] = frozenset()  # those of MariaDB that are JSON

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
            types = {row["Type"] for row in self.described[1].values()}
            asks = "longtext" in types and is_mariadb(self.dialect)
            self.json = json_columns(connection, name) if asks else frozenset()
        if column_info["name"] in self.json:
            column_info["type"] = JSON()
        row = self.described[1][column_info["name"]]
        default = column_info["default"]
        if row["Default"] is not None and (default is None or default[0] == "("):
            escaped = "DEFAULT_GENERATED" in row["Extra"]  # by MySQL itself
            expression = f"({unescaped(row['Default'])})"
            column_info["default"] = expression if escaped else row["Default"]
            column_info["comment"] = row["Comment"] or None
        if column_info["default"] and not is_mariadb(self.dialect):
            type_, default = column_info["type"], column_info["default"]
            column_info["default"] = as_told(default, type_, self.dialect)
        take_computed_of_model(self, table, column_info)
