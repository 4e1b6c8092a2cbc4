# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""A table as it is in the database, and what is done to it there."""

from typing import Any, NamedTuple, cast

from alembic.ddl.impl import DefaultImpl
from alembic.operations.batch import ApplyBatchImpl
from alembic.util import CommandError
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    CursorResult,
    Integer,
    Table,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.exc import IntegrityError

from .sqlite_create_table import CreateTable
from .sqlite_tokens import sql, tokens


class Thing(NamedTuple):
    """A table, a view, an index or a trigger, and the statement that made it."""

    kind: str
    name: str
    table: str
    sql: str


class DatabaseTable:
    """The table that a batch changes."""

    def __init__(self, impl: DefaultImpl, batch: ApplyBatchImpl) -> None:
        """Take its name, and the way to its database."""
        self.name = str(batch.table.name)
        self.aside = batch.temp_table_name  # the old one's, while there are two
        self.connection = cast("Connection", impl.connection)
        self.quote = impl.dialect.identifier_preparer.quote
        schema = batch.table.schema
        self.schema = f"{self.quote(schema)}." if schema else ""

    def execute(self, statement: str, *parameters: str) -> CursorResult[Any]:
        """Execute a statement as it is."""
        return self.connection.exec_driver_sql(statement, parameters)

    def formatted(self, name: str) -> str:
        """Return a name in the table's schema, as SQL."""
        return self.schema + self.quote(name)

    def things(self) -> list[Thing]:
        """Return all that is in the schema."""
        query = f"SELECT type, name, tbl_name, sql FROM {self.schema}sqlite_master"
        return [
            Thing(*map(str, row)) for row in self.execute(f"{query} WHERE sql <> ''")
        ]

    def create(self, statement: str) -> None:
        """Make a table, an index or a trigger."""
        found = tokens(statement)
        kinds = ("table", "index", "trigger")
        place = next(n for n, token in enumerate(found, 1) if token.word in kinds)
        name = found[place]
        found[place] = name._replace(text=self.schema + name.text)
        self.execute(sql(found))

    def rename_column(self, old: str, new: str) -> None:
        """Rename a column, wherever it is named."""
        self.alter(f"RENAME COLUMN {self.quote(old)} TO {self.quote(new)}")

    def set_aside(self) -> None:
        """Rename the table, and nothing that names it: another takes its place."""
        legacy = self.execute("PRAGMA legacy_alter_table").scalar()
        self.execute("PRAGMA legacy_alter_table = ON")
        self.alter(f"RENAME TO {self.quote(self.aside)}")
        self.execute(f"PRAGMA legacy_alter_table = {legacy}")

    def drop_old(self) -> None:
        """Drop the table that was set aside."""
        self.execute(f"DROP TABLE {self.formatted(self.aside)}")

    def alter(self, what: str) -> None:
        """Alter the table by what SQLite has for it."""
        self.execute(f"ALTER TABLE {self.formatted(self.name)} {what}")


def rename_columns(batch: ApplyBatchImpl, table: DatabaseTable) -> None:
    """Have SQLite rename columns, in all that names them."""
    renames = dict[Column[Any], str]()
    for key in batch.existing_ordering:  # without those that are dropped
        if "expr" not in batch.column_transfers[key]:
            raise CommandError(f"{table.name} has {key}: add another after this batch")
        column, name = batch.table.columns[key], batch.columns[key].name
        if name != column.name:
            renames[column] = name
    in_the_way = [
        column
        for column in batch.table.columns
        for other, name in renames.items()
        if column is not other and column.name.lower() == name.lower()
    ]
    aside = {column: f"_alembic_tmp_{column.name}" for column in in_the_way}
    for column, name in [*aside.items(), *renames.items()]:
        table.rename_column(column.name, name)
        column.name = name


def copy_rows(
    batch: ApplyBatchImpl, old: CreateTable, new: CreateTable, table: DatabaseTable
) -> None:
    """Copy the rows, and what is not seen in them."""
    source, target = batch.table, cast("Table", batch.new_table)
    source.name, target.name = table.aside, table.name
    values: dict[str, Any] = {
        key: how["expr"]
        for key, how in batch.column_transfers.items()
        if "expr" in how
        and not new.columns[batch.columns[key].name].clause("generated")
    }
    taken = {name.lower() for name in (*old.columns, *new.columns)}
    numbers = {"rowid", "oid", "_rowid_"} - taken
    if old.has_rowid and new.has_rowid and numbers:
        number = min(numbers)
        target.append_column(Column(number, Integer))
        values[number] = literal_column(number)
    # What a constraint says ON CONFLICT is for those who insert, not for these rows.
    into = insert(target).inline().prefix_with("OR ABORT")
    try:
        table.connection.execute(into.from_select([*values], select(*values.values())))
    except IntegrityError:
        refuse_nulls(table, source, {target.c[key]: values[key] for key in values})
        raise
    if old.has_autoincrement and new.has_autoincrement:
        sequences = f"{table.schema}sqlite_sequence"
        table.execute(f"DELETE FROM {sequences} WHERE name = ?", table.name)
        rename = f"UPDATE {sequences} SET name = ? WHERE name = ?"
        table.execute(rename, table.name, table.aside)


def refuse_nulls(
    table: DatabaseTable, source: Table, values: dict[Column[Any], ColumnElement[Any]]
) -> None:
    """Say in how many rows a column is NULL that may not be."""
    for column, value in values.items():
        nulls = select(func.count()).select_from(source).where(value.is_(None))
        if not column.nullable and (count := table.connection.scalar(nulls)):
            raise CommandError(
                f"{column.name} is NULL in {count:,} rows of {table.name}: fill them "
                "with op.backfill() before"
            )
