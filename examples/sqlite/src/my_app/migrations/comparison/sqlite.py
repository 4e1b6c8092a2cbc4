# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What is special on SQLite."""

import re
import warnings
from functools import cached_property
from types import ModuleType
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Index, Table, UnaryExpression
from sqlalchemy.schema import CreateIndex

from .asking import AskingImpl
from .checks import change_checks
from .operations import executes
from .unique import leave_second_unique


def is_expression(element: object) -> bool:
    """Return whether an index has more here than a column, ascending or descending."""
    while isinstance(element, UnaryExpression):
        element = element.element
    return not isinstance(element, Column)


def create_expression_indexes(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Create indexes on expressions that are not there, or not the same."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index'"
    connection = cast("Connection", context.connection)
    there = dict(map(tuple, connection.exec_driver_sql(query)))
    for index in cast("Impl", context.impl).expression_indexes:
        create = str(CreateIndex(index).compile(dialect=context.dialect))
        if there.get(index.name) == create:
            continue
        upgrade.ops.append(ops.CreateIndexOp.from_index(index))
        downgrade.ops.insert(0, ops.DropIndexOp.from_index(index))
        if index.name in there:
            upgrade.ops.insert(-1, ops.DropIndexOp.from_index(index))
            downgrade.ops.insert(1, executes(there[index.name], context.dialect))


class Impl(AskingImpl):
    """Stands before Alembic's SQLiteImpl."""

    steps = (change_checks, create_expression_indexes)

    @cached_property
    def expression_indexes(self) -> list[Index]:
        """Keep indexes on expressions, which SQLAlchemy can't reflect."""
        return []

    def complete_column(self, column: Column[Any]) -> None:
        """Make the column of a twin what this database will say of it."""
        if column.identity:  # which this database does not know
            column.identity = column.server_default = None

    def complete_table(self, table: Table) -> None:
        """Make the rest of a twin what this database will say of it."""
        leave_second_unique(table)
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        found = [each for each in indexes if any(map(is_expression, each.expressions))]
        table.indexes.difference_update(found)
        self.expression_indexes += found

    def configure(self, migration: MigrationContext, hooks: ModuleType) -> None:
        """Alter by copying, and look at no index on an expression."""
        migration.opts["render_as_batch"] = hooks.options.get("render_as_batch", True)
        warnings.filterwarnings("ignore", "Skipped unsupported reflection")
        names = {index.name for index in self.expression_indexes}
        users_include_name = migration.opts.get("include_name")

        def include_name(name: str | None, type_: str, parents: Any) -> bool:
            if users_include_name and not users_include_name(name, type_, parents):
                return False
            return type_ != "index" or name not in names  # it may look like another

        migration.opts["include_name"] = include_name

    def same_default(
        self, asked: str | None, found: str | None, *_: Column[Any]
    ) -> bool:
        """Return whether the database says the same of two defaults."""
        # Alembic puts an expression in parentheses when it reflects, but not always.
        expression = re.compile(r"^\((.*)\)$", re.DOTALL)
        one, other = (
            expression.sub(r"\1", default or "NULL") for default in (asked, found)
        )
        return one == other
