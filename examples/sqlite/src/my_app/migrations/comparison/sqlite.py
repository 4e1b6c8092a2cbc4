# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What is special on SQLite."""

import re
from types import ModuleType
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Table, UniqueConstraint

from .checks import change_checks
from .generated import change_computed
from .sqlite_batches import write_batches
from .sqlite_indexes import change_indexes
from .sqlite_statements import StatementsImpl, set_conflict
from .sqlite_tables import change_tables
from .unique import leave_second_unique


class Impl(StatementsImpl):
    """Stands before Alembic's SQLiteImpl."""

    steps = (
        change_checks,
        change_computed,
        change_tables,
        change_indexes,
        write_batches,
    )

    def complete_column(self, column: Column[Any]) -> None:
        """Make the column of a twin what this database will say of it."""
        if column.identity:  # which this database does not know
            column.identity = column.server_default = None

    def complete_table(self, table: Table) -> None:
        """Make the rest of a twin what this database will say of it."""
        leave_second_unique(table)
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                for column in constraint.columns:
                    options = column.dialect_options["sqlite"]
                    if len(constraint.columns) == 1 and options["on_conflict_unique"]:
                        set_conflict(constraint, options["on_conflict_unique"])
        self.indexes.update({str(index.name): index for index in table.indexes})
        table.indexes.clear()

    def configure(self, migration: MigrationContext, hooks: ModuleType) -> None:
        """Alter by making tables anew."""
        migration.opts["render_as_batch"] = hooks.options.get("render_as_batch", True)

    def keeps_default(
        self, told: str | None, found: str | None, *_: Column[Any]
    ) -> bool:
        """Return whether a default needs no question: SQLite keeps it as it is told."""
        return self.same_default(told, found)

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
