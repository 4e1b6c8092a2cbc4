# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How an integer column of PostgreSQL changes, with the sequence of its values.

SERIAL is a column with a sequence beside it, IDENTITY one with a sequence in it. The
next value stays the next one.
"""

from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Dialect, Identity, Integer, text
from sqlalchemy.schema import CreateColumn
from sqlalchemy.types import TypeEngine

from .operations import as_server_gets_it, executes, flat
from .order import table_key
from .postgresql_sequences import serial_name
from .postgresql_types import literal

LIMITS = {"smallint": 2**15 - 1, "integer": 2**31 - 1}


def change_serials(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Have sequences go with the columns of integers that change."""
    for op in flat(upgrade):
        if isinstance(op, ops.AlterColumnOp) and all(
            isinstance(type_, Integer | None)
            for type_ in (op.existing_type, op.modify_type)
        ):
            column = IntegerColumn(context, op)
            column.change(op, upgrade, column.there, column.wanted)
            column.change(op.reverse(), downgrade, column.wanted, column.there)


class IntegerColumn:
    """A column, and what it takes its values from: there, and wanted by the model."""

    def __init__(self, context: MigrationContext, op: ops.AlterColumnOp) -> None:
        """Look at the database and at the model."""
        self.dialect: Dialect = context.dialect
        preparer = self.dialect.identifier_preparer
        self.schema = f"{preparer.quote_schema(op.schema)}." if op.schema else ""
        self.table = self.schema + preparer.quote(op.table_name)
        self.column = preparer.quote(op.column_name)
        query = """
            SELECT relname FROM pg_class
            WHERE oid = CAST(pg_get_serial_sequence(:table, :column) AS regclass)
        """
        name = as_server_gets_it(self.table, self.dialect)
        values = {"table": name, "column": op.column_name}
        found = cast("Connection", context.connection).scalar(text(query), values)
        existing = op.existing_server_default
        self.there: Identity | str | None = "serial" if found and not existing else None
        if isinstance(existing, Identity):
            self.there = existing
        self.wanted: Identity | str | None = None
        for metadata in context.opts["target_metadata"]:
            if (table := metadata.tables.get(table_key(op))) is not None:
                column = table.columns[op.column_name]
                if column.identity:
                    self.wanted = column.identity
                elif table.autoincrement_column is column and not column.server_default:
                    self.wanted = "serial"
        # A new sequence has the name that PostgreSQL gives it.
        made = preparer.quote(serial_name(op.table_name, op.column_name))
        own = preparer.quote(found) if found else made
        self.serial = own if self.there == "serial" else made
        self.generated = own if isinstance(self.there, Identity) else made

    def change(
        self,
        op: ops.AlterColumnOp,
        container: ops.OpContainer,
        before: Identity | str | None,
        after: Identity | str | None,
    ) -> None:
        """Put statements around the change of the type, or in its place."""
        first: list[str] = []
        last: list[str] = []
        old, new = f"{self.schema}alembic_old", f"{self.schema}alembic_new"
        alter = f"ALTER TABLE {self.table} ALTER COLUMN {self.column}"
        names = f"{literal(self.table)}, {literal(op.column_name)}"
        own = f"pg_get_serial_sequence({names})"
        serial = self.schema + self.serial
        if isinstance(after, Identity) and before == "serial":
            first = [
                f"{alter} DROP DEFAULT",
                f"ALTER SEQUENCE {serial} OWNED BY NONE",
                f"ALTER SEQUENCE {serial} RENAME TO alembic_old",
                f"{alter} ADD {self.identity(after)}",
                f"SELECT setval({own}, last_value, is_called) FROM {old}",
                f"DROP SEQUENCE {old}",
            ]
        elif isinstance(before, Identity) and after == "serial":
            type_, own = self.spelt(op.existing_type), self.schema + self.generated
            first = [
                f"CREATE SEQUENCE {new} AS {type_}",
                f"SELECT setval({literal(new)}, last_value, is_called) FROM {own}",
                f"{alter} DROP IDENTITY",
                f"ALTER SEQUENCE {new} RENAME TO {self.serial}",
                f"ALTER SEQUENCE {serial} OWNED BY {self.table}.{self.column}",
                f"{alter} SET DEFAULT nextval({literal(serial)})",
            ]
        elif isinstance(after, Identity) and before is None:
            first = [
                f"{alter} ADD {self.identity(after)}",
                f"SELECT setval({own}, max({self.column})) FROM {self.table}",
            ]
        if after == "serial" and op.modify_type is not None:
            type_ = self.spelt(op.modify_type)
            last = [f"ALTER SEQUENCE {serial} AS {type_}"]
            if type_ in LIMITS:  # to go back, from values that only a larger type has
                last.insert(
                    0,
                    f"SELECT setval({literal(serial)}, max({self.column}))"
                    f" FROM {self.table}"
                    f" WHERE (SELECT last_value FROM {serial}) > {LIMITS[type_]}",
                )
        if first or last:
            self.put(container, op, first, last)

    def put(
        self,
        container: ops.OpContainer,
        like: ops.AlterColumnOp,
        before: list[str],
        after: list[str],
    ) -> None:
        """Put statements before and after the operation on the same column."""
        tables = [op for op in container.ops if isinstance(op, ops.ModifyTableOps)]
        for table in tables:
            for place, op in enumerate(table.ops):
                if isinstance(op, ops.AlterColumnOp) and (
                    (table_key(op), op.column_name)
                    == (table_key(like), like.column_name)
                ):
                    if before:
                        op.modify_server_default = False
                    left = [op] if op.has_changes() else []
                    first, last = (
                        [executes(statement, self.dialect) for statement in statements]
                        for statements in (before, after)
                    )
                    table.ops[place : place + 1] = [*first, *left, *last]
                    return

    def identity(self, identity: Identity) -> str:
        """Return GENERATED ... AS IDENTITY with its options."""
        column = Column("c", Integer, identity._copy())
        told = str(CreateColumn(column).compile(dialect=self.dialect))
        return told[told.index("GENERATED") :].removesuffix(" NOT NULL")

    def spelt(self, type_: TypeEngine[Any] | None) -> str:
        """Return the type in SQL."""
        return self.dialect.type_compiler_instance.process(cast("Any", type_)).lower()
