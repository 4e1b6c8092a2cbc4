"""Rows for any table: as many as two databases take that have two forms of a schema."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    Table,
    insert,
    inspect,
    literal_column,
    select,
)
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.types import (
    ARRAY,
    BINARY,
    JSON,
    VARBINARY,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    Interval,
    LargeBinary,
    Numeric,
    String,
    Time,
    TypeEngine,
    Uuid,
)

ROWS = 3  # in each table
# What a type of one database alone takes.
LITERALS: dict[type[TypeEngine[Any]], str] = {
    postgresql.INET: "'10.0.0.{}'",
    postgresql.CIDR: "'10.{}.0.0/16'",
    postgresql.MACADDR: "'08:00:2b:01:02:0{}'",
    postgresql.MONEY: "'{}.50'",
    postgresql.OID: "{}",
    postgresql.BIT: "B'00{}'::bit(3)",
    postgresql.TSVECTOR: "'word{}'",
    postgresql.HSTORE: "'a=>{}'",
    postgresql.INT4RANGE: "'[{0}0,{0}5)'",
    postgresql.INT8RANGE: "'[{0}0,{0}5)'",
    postgresql.NUMRANGE: "'[{0}0,{0}5)'",
    postgresql.DATERANGE: "'[2020-01-0{0},2020-02-0{0})'",
    postgresql.TSRANGE: "'[2020-01-0{0},2020-02-0{0})'",
    postgresql.TSTZRANGE: "'[2020-01-0{0},2020-02-0{0})'",
    postgresql.INT4MULTIRANGE: "'{{[{0}0,{0}5)}}'",
    mysql.YEAR: "200{}",
    mysql.BIT: "{}",
}


def fill(first: Connection, second: Connection, schemas: set[str | None]) -> set[str]:
    """Insert the same rows into both, and return the names of the tables that got some."""
    for connection in (first, second):
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")  # as elsewhere
    tables = [
        (reflected(first, name, schema), reflected(second, name, schema))
        for schema in sorted(schemas, key=str)
        for name in sorted(inspect(first).get_table_names(schema=schema))
        if name != "alembic_version" and inspect(second).has_table(name, schema=schema)
    ]
    filled: set[str] = set()
    for _ in range(len(tables)):  # a table waits for those that it refers to
        before = len(filled)
        for one, other in tables:
            if one.key not in filled and insert_rows(first, second, one, other):
                filled.add(one.key)
        if len(filled) == before:
            break
    return filled


def reflected(connection: Connection, name: str, schema: str | None) -> Table:
    """Return a table as its database has it."""
    return Table(name, MetaData(), schema=schema, autoload_with=connection, resolve_fks=False)


def insert_rows(first: Connection, second: Connection, one: Table, other: Table) -> int:
    """Insert rows into a table of both databases; return how many they took."""
    taken = 0
    for number in range(1, ROWS + 1):
        for values in candidates(first, one, other, number):
            with savepoint(first) as undo_first, savepoint(second) as undo_second:
                common = {name: each for name, each in values.items() if name in other.c}
                try:
                    first.execute(insert(one).values(values))
                    second.execute(insert(other).values(common))
                except (DBAPIError, StatementError):
                    undo_first()
                    undo_second()
                    continue
            taken += 1
            break
    return taken


class savepoint:  # noqa: N801 # a context manager
    """A savepoint that is kept if it is not undone."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection."""
        self.connection = connection

    def __enter__(self) -> Any:
        """Begin."""
        self.nested = self.connection.begin_nested()
        return self.nested.rollback

    def __exit__(self, *_: object) -> None:
        """Keep."""
        if self.nested.is_active:
            self.nested.commit()


def candidates(
    connection: Connection, table: Table, other: Table, number: int
) -> Iterator[dict[str, Any]]:
    """Yield values for a row, the richest first: a CHECK may not like them all."""
    columns = [
        c for c in table.columns if not c.computed and not (c.identity and c.identity.always)
    ]
    full = {c.name: value_of(c, other.c.get(c.name), number) for c in columns}
    full = {name: value for name, value in full.items() if value is not None}
    led = foreign(connection, table, number)
    if led is None:
        return
    yield full | led
    digits = {name: str(number) for name, each in full.items() if isinstance(each, str)}
    yield full | digits | led  # which are JSON too
    nullable = sorted(c.name for c in columns if c.nullable and not c.primary_key)
    for name in nullable:
        yield full | led | {name: None}
    # Not left out: a default of one form need not be a value of the other.
    yield full | dict.fromkeys(nullable) | led
    yield full | led | dict.fromkeys(nullable)


def foreign(connection: Connection, table: Table, number: int) -> dict[str, Any] | None:
    """Return values that lead to rows that are there, or None if there are none."""
    found: dict[str, Any] = {}
    for constraint in sorted(table.foreign_key_constraints, key=lambda c: str(c.column_keys)):
        target = [element.target_fullname.rpartition(".") for element in constraint.elements]
        key, columns = target[0][0], [each[2] for each in target]
        schema, _, name = key.rpartition(".")
        parent = Table(name, MetaData(), *map(Column, columns), schema=schema or None)
        rows = connection.execute(select(*(parent.c[each] for each in columns))).all()
        if rows:
            found |= dict(zip(constraint.column_keys, rows[number % len(rows)], strict=True))
        elif any(not table.c[name].nullable for name in constraint.column_keys):
            return None
        else:
            found |= dict.fromkeys(constraint.column_keys)
    return found


def value_of(column: Any, other: Any, number: int) -> Any:
    """Return a value of a column, which is as long as that of its other form may be."""
    types = [each.type for each in (column, other) if each is not None]
    if all(isinstance(type_, Enum) for type_ in types):
        labels = [label for label in types[0].enums if label in types[-1].enums]
        return labels[number % len(labels)] if labels else None
    type_ = min(types, key=lambda t: getattr(t, "length", None) or 99)
    return value(type_, number)


def value(type_: TypeEngine[Any], number: int) -> Any:  # noqa: C901, PLR0911, PLR0912 # by type
    """Return a value of a type, another for each number, or None if none is known."""
    for class_, literal in LITERALS.items():
        if isinstance(type_, class_):
            return literal_column(literal.format(number))
    if isinstance(type_, postgresql.DOMAIN):
        return value(type_.data_type, number)
    if isinstance(type_, mysql.SET):
        return {type_.values[0]}
    if isinstance(type_, Enum):
        return type_.enums[number % len(type_.enums)]
    if isinstance(type_, ARRAY | postgresql.ARRAY):
        item = value(type_.item_type, number)
        return None if item is None or not isinstance(item, str | int) else [item]
    if isinstance(type_, Boolean):
        return bool(number % 2)
    if isinstance(type_, Float):
        return number + 0.5
    if isinstance(type_, Integer | BigInteger):
        return number
    if isinstance(type_, Numeric):
        return decimal.Decimal(number)
    if isinstance(type_, Uuid):
        return uuid.UUID(int=number) if type_.as_uuid else str(uuid.UUID(int=number))
    if isinstance(type_, JSON):
        return {"a": number}
    if isinstance(type_, DateTime):
        return dt.datetime(2020, 1, number, 12, 30, tzinfo=dt.UTC if type_.timezone else None)
    if isinstance(type_, Date):
        return dt.date(2020, 1, number)
    if isinstance(type_, Time):
        return dt.time(number, 30)
    if isinstance(type_, Interval | postgresql.INTERVAL):
        return dt.timedelta(days=number)
    if isinstance(type_, LargeBinary | BINARY | VARBINARY):
        return b"%d" % number
    if isinstance(type_, String):
        return f"{number}it's: %"[: type_.length]
    return None
