# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How a key of PostgreSQL changes with the sequence from which it takes its values.

SERIAL is a column with a sequence beside it, IDENTITY one with a sequence in it. The
next value stays the next one.
"""

from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Dialect, Identity, Integer, text
from sqlalchemy.schema import CreateColumn
from sqlalchemy.types import TypeEngine

from .operations import OpList, as_server_gets_it, executes, replace
from .order import table_key
from .postgresql_types import literal

LIMITS = {"smallint": 2**15 - 1, "integer": 2**31 - 1}


def change_keys(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Have sequences go with the columns of integers that change."""
    for table in upgrade.ops:
        if not isinstance(table, ops.ModifyTableOps):
            continue
        for op in [*table.ops]:
            if isinstance(op, ops.AlterColumnOp) and takes_integers(op):
                key = Key(context, op)
                replace(upgrade, key.change(op, before=key.there, after=key.wanted))
                replace(downgrade, key.change(op.reverse(), key.wanted, key.there))


def takes_integers(op: ops.AlterColumnOp) -> bool:
    """Return whether the column has integers before and after the change."""
    types = op.existing_type, op.modify_type
    return all(isinstance(each, Integer | None) for each in types)


class Key:
    """A column, and what it takes its values from: there, and wanted by the model."""

    def __init__(self, context: MigrationContext, op: ops.AlterColumnOp) -> None:
        """Look at the database and at the model."""
        self.dialect: Dialect = context.dialect
        preparer = self.dialect.identifier_preparer
        schema = f"{preparer.quote_schema(op.schema)}." if op.schema else ""
        self.table = schema + preparer.quote(op.table_name)
        self.column = preparer.quote(op.column_name)
        self.schema = schema
        query = """
            SELECT relname FROM pg_class
            WHERE oid = CAST(pg_get_serial_sequence(:table, :column) AS regclass)
        """
        name = as_server_gets_it(self.table, self.dialect)
        values = {"table": name, "column": op.column_name}
        found = cast("Connection", context.connection).scalar(text(query), values)
        self.made = preparer.quote(f"{op.table_name}_{op.column_name}_seq")
        self.found = preparer.quote(found) if found else self.made
        existing = op.existing_server_default
        if isinstance(existing, Identity):
            self.there: Identity | str | None = existing
        else:
            self.there = "serial" if found and not existing else None
        self.wanted: Identity | str | None = None
        for metadata in context.opts["target_metadata"]:
            if (table := metadata.tables.get(table_key(op))) is not None:
                column = table.columns[op.column_name]
                if column.identity:
                    self.wanted = column.identity
                elif table.autoincrement_column is column and not column.server_default:
                    self.wanted = "serial"

    def change(
        self,
        op: ops.AlterColumnOp,
        before: Identity | str | None,
        after: Identity | str | None,
    ) -> tuple[OpList, ops.AlterColumnOp, OpList]:
        """Return statements before the change of the type, it, and those after."""
        first: list[str] = []
        last: list[str] = []
        old, new = f"{self.schema}alembic_old", f"{self.schema}alembic_new"
        # A new sequence has the name that PostgreSQL gives it.
        name = f"{self.schema}{self.found if before == self.there else self.made}"
        alter = f"ALTER TABLE {self.table} ALTER COLUMN {self.column}"
        own = (
            f"pg_get_serial_sequence({literal(self.table)}, {literal(op.column_name)})"
        )
        serial = self.found if self.there == "serial" else self.made
        own_name = self.schema + serial
        if isinstance(after, Identity) and before == "serial":
            first = [
                f"{alter} DROP DEFAULT",
                f"ALTER SEQUENCE {name} OWNED BY NONE",
                f"ALTER SEQUENCE {name} RENAME TO alembic_old",
                f"{alter} ADD {self.identity(after)}",
                f"SELECT setval({own}, last_value, is_called) FROM {old}",
                f"DROP SEQUENCE {old}",
            ]
        elif isinstance(before, Identity) and after == "serial":
            type_ = self.spelt(op.existing_type)
            first = [
                f"CREATE SEQUENCE {new} AS {type_}",
                f"SELECT setval({literal(new)}, last_value, is_called) FROM {name}",
                f"{alter} DROP IDENTITY",
                f"ALTER SEQUENCE {new} RENAME TO {serial}",
                f"ALTER SEQUENCE {own_name} OWNED BY {self.table}.{self.column}",
                f"{alter} SET DEFAULT nextval({literal(own_name)})",
            ]
        elif isinstance(after, Identity) and before is None:
            first = [
                f"{alter} ADD {self.identity(after)}",
                f"SELECT setval({own}, max({self.column})) FROM {self.table}",
            ]
        if first:
            op.modify_server_default = False
        if after == "serial" and op.modify_type is not None:
            type_ = self.spelt(op.modify_type)
            last = [f"ALTER SEQUENCE {own_name} AS {type_}"]
            if type_ in LIMITS:  # to go back, from values that only a larger type has
                last.insert(
                    0,
                    f"SELECT setval({literal(own_name)}, max({self.column}))"
                    f" FROM {self.table}"
                    f" WHERE (SELECT last_value FROM {own_name}) > {LIMITS[type_]}",
                )
        return self.executed(first), op, self.executed(last)

    def executed(self, statements: list[str]) -> OpList:
        """Return the operations that execute statements."""
        return [executes(statement, self.dialect) for statement in statements]

    def identity(self, identity: Identity) -> str:
        """Return GENERATED ... AS IDENTITY with its options."""
        column = Column("c", Integer, identity._copy())
        told = str(CreateColumn(column).compile(dialect=self.dialect))
        return told[told.index("GENERATED") :].removesuffix(" NOT NULL")

    def spelt(self, type_: TypeEngine[Any] | None) -> str:
        """Return the type in SQL."""
        return self.dialect.type_compiler_instance.process(cast("Any", type_)).lower()
