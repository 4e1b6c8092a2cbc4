# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which indexes of MySQL and MariaDB have more than columns, and what they are."""

import logging
from collections.abc import Iterable
from functools import cached_property
from typing import Any, cast

from alembic.ddl._autogen import ComparisonResult
from sqlalchemy import Column, Connection, Index, Table, UniqueConstraint, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex

from .asking import AskingImpl
from .mysql_columns import is_mariadb, unescaped
from .mysql_index_parts import element, in_its_order, is_plain, prefix_of

log = logging.getLogger("alembic.autogenerate")


class IndexesImpl(AskingImpl):
    """Compares indexes part by part."""

    def correct_for_autogen_constraints(
        self,
        conn_unique_constraints: set[UniqueConstraint],
        conn_indexes: set[Index],
        metadata_unique_constraints: set[UniqueConstraint],
        metadata_indexes: set[Index],
    ) -> None:
        """Read what an index has beside columns: SQLAlchemy does not."""
        indexes = {index.name for index in metadata_indexes}
        for constraint in [*conn_unique_constraints]:
            if constraint.name in indexes:  # which it is here too
                conn_unique_constraints.remove(constraint)
        plain = {index.name for index in metadata_indexes if is_plain(index)}
        for index in conn_indexes:
            table = cast("Table", index.table)
            if index.name in plain and table.name not in self.descending(table.schema):
                continue
            rows = self.keys(table)[str(index.name)]
            index.expressions = [element(row, table) for row in rows]
        super().correct_for_autogen_constraints(
            conn_unique_constraints,
            conn_indexes,
            metadata_unique_constraints,
            metadata_indexes,
        )

    def _create_metadata_constraint_sig(self, constraint: Any, **opts: Any) -> Any:
        found = super()._create_metadata_constraint_sig(constraint, **opts)
        return in_its_order(found, constraint)

    def _create_reflected_constraint_sig(self, constraint: Any, **opts: Any) -> Any:
        found = super()._create_reflected_constraint_sig(constraint, **opts)
        return in_its_order(found, constraint)

    def compare_indexes(
        self, metadata_index: Index, reflected_index: Index
    ) -> ComparisonResult:
        """Return whether the index of the model differs from that of the database."""
        prefix = prefix_of(metadata_index)
        if prefix != prefix_of(reflected_index):
            return ComparisonResult.Different(["another prefix"])
        plain = is_plain(metadata_index) and is_plain(reflected_index)
        if plain or prefix:  # which no temporary table has
            return super().compare_indexes(metadata_index, reflected_index)
        table = cast("Table", metadata_index.table)
        key = self.clause(metadata_index)
        columns = [Column(column.name, column.type) for column in table.columns]
        name = str(metadata_index.name)
        there = self.keys(cast("Table", reflected_index.table))[name]
        try:
            with self.asking(*columns, info={"keys": [key]}) as (_, asking):
                asked = self.keys(asking, escaped=False)[name]
        except DBAPIError as error:  # of a kind that no temporary table has
            log.info("Can't ask about the index %s: %s", name, error.orig)
            return ComparisonResult.Equal()
        if asked == there:
            return ComparisonResult.Equal()
        return ComparisonResult.Different(["another index"])

    def descending(self, schema: str | None) -> set[str]:
        """Return which tables have indexes that descend: SQLAlchemy does not say so."""
        if schema not in self.tables_descending:
            query = text("""
                SELECT DISTINCT table_name FROM information_schema.statistics
                WHERE collation = 'D' AND table_schema = coalesce(:schema, DATABASE())
            """)
            connection = cast("Connection", self.connection)
            found = connection.scalars(query, {"schema": schema})
            self.tables_descending[schema] = {*found}
        return self.tables_descending[schema]

    @cached_property
    def tables_descending(self) -> dict[str | None, set[str]]:
        """Keep them by their schema."""
        return {}

    def clause(self, index: Index) -> str:
        """Return an index as CREATE TABLE and ALTER TABLE have it."""
        table = self.dialect.identifier_preparer.format_table(
            cast("Table", index.table)
        )
        create = str(CreateIndex(index).compile(dialect=self.dialect))
        return create.removeprefix("CREATE ").replace(f" ON {table}", "", 1)

    def beginning(self, parts: Iterable[tuple[Any, ...]]) -> list[str]:
        """Return the columns with which an index begins that foreign keys can use."""
        columns: list[str] = []
        for _, column, _, length, descending in parts:
            if length or not column or (descending and not is_mariadb(self.dialect)):
                break
            columns.append(column)
        return columns

    def keys(
        self, table: Table, *, escaped: bool = True
    ) -> dict[str, list[tuple[Any, ...]]]:
        """Return what the database says of a table's indexes, part by part."""
        name = self.dialect.identifier_preparer.format_table(table)
        connection = cast("Connection", self.connection)
        found: dict[str, list[tuple[Any, ...]]] = {}
        for row in connection.exec_driver_sql(f"SHOW INDEX FROM {name}").mappings():
            expression = row.get("Expression") or ""  # not of MariaDB
            part = (
                row["Non_unique"],
                row["Column_name"],
                unescaped(expression) if escaped else expression,
                row["Sub_part"],
                row["Collation"] == "D",
            )
            found.setdefault(row["Key_name"], []).append(part)
        return found
