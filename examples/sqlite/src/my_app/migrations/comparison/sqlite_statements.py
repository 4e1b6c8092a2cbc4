# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What SQLite's statements say, and SQLAlchemy does not read of them."""

from functools import cache, cached_property
from typing import Any, cast

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Inspector,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.engine.interfaces import ReflectedColumn

from .asking import AskingImpl
from .generated import take_computed_of_model
from .sqlite_create_table import CreateTable
from .sqlite_rebuild_constraints import places_of

parsed = cache(CreateTable.of)


class StatementsImpl(AskingImpl):
    """Compares with what the statements say."""

    @cached_property
    def indexes(self) -> dict[str, Index]:
        """Keep the indexes of the models, for change_indexes()."""
        return {}

    @cached_property
    def tables(self) -> dict[str, str]:
        """Return the statements that made the tables, by their names."""
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
        rows = cast("Connection", self.connection).exec_driver_sql(query)
        return dict(map(tuple, rows))

    def asked_table(self) -> str:
        """Return the statement of the table that was made to ask."""
        query = "SELECT sql FROM sqlite_temp_master WHERE type = 'table'"
        rows = cast("Connection", self.connection).exec_driver_sql(query)
        return str(rows.scalar())

    def ask_expression(self, *_: Column[Any]) -> None:
        """Return nothing: SQLite says an expression as it was told."""

    def autogen_column_reflect(
        self, inspector: Inspector, table: Table, column_info: dict[str, Any]
    ) -> None:
        """Add how a column compares, and correct how it is generated."""
        cast("Any", super()).autogen_column_reflect(inspector, table, column_info)
        created = self.tables.get(table.name) or self.asked_table()
        if "computed" not in column_info and "collate" not in created.lower():
            return
        column = parsed(created).columns[column_info["name"]]
        collate, generated = column.clause("collate"), column.clause("generated")
        if collate and isinstance(column_info["type"], String):
            collation = collate.tokens[-1].name.upper()
            column_info["type"].collation = collation if collation != "BINARY" else None
        if generated:
            column_info["computed"]["sqltext"] = generated.expression
        take_computed_of_model(self, table, cast("ReflectedColumn", column_info))

    def correct_for_autogen_constraints(
        self,
        conn_unique_constraints: set[UniqueConstraint],
        conn_indexes: set[Index],
        metadata_unique_constraints: set[UniqueConstraint],
        _: set[Index],
    ) -> None:
        """Complete what was read of constraints; indexes are sqlite_indexes.py's."""
        names = {columns_of(each): each.name for each in metadata_unique_constraints}
        for constraint in conn_unique_constraints:
            created = self.tables[constraint.table.name]
            columns = columns_of(constraint)
            if not constraint.name:  # Alembic would leave it alone
                name = "_".join(["uq", constraint.table.name, *columns])
                constraint.name = names.get(columns) or name
            if "on conflict" in created.lower():
                for _part, clause in places_of(constraint, parsed(created), None):
                    if "conflict" in clause.words:
                        set_conflict(constraint, clause.words[-1].upper())
        if isinstance(conn_indexes, set):  # not the frozenset() of a new table
            conn_indexes.clear()

    def compare_unique_constraint(
        self,
        metadata_constraint: UniqueConstraint,
        reflected_constraint: UniqueConstraint,
    ) -> Any:
        """Compare what happens to rows that break a constraint, too."""
        result = super().compare_unique_constraint(
            metadata_constraint, reflected_constraint
        )
        before, after = conflict(reflected_constraint), conflict(metadata_constraint)
        return result if before == after else type(result).Different("ON CONFLICT")


def columns_of(constraint: UniqueConstraint) -> tuple[str, ...]:
    """Return the names of the columns."""
    return tuple(column.name for column in constraint.columns)


def conflict(constraint: UniqueConstraint) -> str | None:
    """Return what happens to rows that break the constraint."""
    word = constraint.dialect_options["sqlite"]["on_conflict"]
    return None if word is None else str(word).upper()


def set_conflict(constraint: UniqueConstraint, word: str) -> None:
    """Set what happens to rows that break the constraint."""
    constraint.dialect_options["sqlite"]["on_conflict"] = word


def tables_of_main(impl: AskingImpl) -> dict[Table, Table]:
    """Return the tables that are compared in no schema but SQLite's main one."""
    return {table: impl.compared[table] for table in impl.compared if not table.schema}
