# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which indexes of MySQL and MariaDB have more than columns, and what they are."""

import re
from typing import Any, cast

from alembic.ddl._autogen import ComparisonResult
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Table,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy.schema import CreateIndex

from .asking import AskingImpl
from .mysql_defaults import without_charset


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
        plain = {index.name for index in metadata_indexes if is_plain(index)}
        if others := [index for index in conn_indexes if index.name not in plain]:
            keys = self.keys(cast("Table", others[0].table))
            for index in others:
                table, rows = cast("Table", index.table), keys[str(index.name)]
                index.expressions = [element(row, table) for row in rows]
        super().correct_for_autogen_constraints(
            conn_unique_constraints,
            conn_indexes,
            metadata_unique_constraints,
            metadata_indexes,
        )

    def compare_indexes(
        self, metadata_index: Index, reflected_index: Index
    ) -> ComparisonResult:
        """Return whether the index of the model differs from that of the database."""
        if is_plain(metadata_index) and is_plain(reflected_index):
            return super().compare_indexes(metadata_index, reflected_index)
        table = cast("Table", metadata_index.table)
        create = str(CreateIndex(metadata_index).compile(dialect=self.dialect))
        on_table = f" ON {self.dialect.identifier_preparer.format_table(table)}"
        key = create.removeprefix("CREATE ").replace(on_table, "", 1)
        columns = [Column(column.name, column.type) for column in table.columns]
        with self.asking(*columns, info={"keys": [key]}) as (_, asking):
            asked = self.keys(asking)
        there = self.keys(cast("Table", reflected_index.table))
        name = str(metadata_index.name)
        if asked.get(name) == there.get(name):
            return ComparisonResult.Equal()
        return ComparisonResult.Different(["another index"])

    def keys(self, table: Table) -> dict[str, list[tuple[Any, ...]]]:
        """Return what the database says of a table's indexes, part by part."""
        name = self.dialect.identifier_preparer.format_table(table)
        connection = cast("Connection", self.connection)
        found: dict[str, list[tuple[Any, ...]]] = {}
        for row in connection.exec_driver_sql(f"SHOW INDEX FROM {name}").mappings():
            part = "Non_unique", "Column_name", "Collation", "Sub_part", "Expression"
            found.setdefault(row["Key_name"], []).append(tuple(map(row.get, part)))
        return found


def is_plain(index: Index) -> bool:
    """Return whether an index has columns alone, each ascending."""
    parts = index.expressions
    return bool(parts) and all(isinstance(part, Column) for part in parts)


def element(part: tuple[Any, ...], table: Table) -> ColumnElement[Any]:
    """Return a part of an index as SQLAlchemy has it."""
    _, column, collation, _, expression = part
    if column:
        found: ColumnElement[Any] = table.columns[column]
    else:
        expression = re.sub(r"\\(.)", r"\1", expression)
        found = literal_column(f"({without_charset(expression)})")
    return found.desc() if collation == "D" else found
