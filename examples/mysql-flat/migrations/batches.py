# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How op.backfill() goes through a table: by its primary key."""

import operator
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, cast

from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError, load_python_file
from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Connection,
    MetaData,
    Table,
    TableClause,
    Update,
    and_,
    column,
    inspect,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.mysql import ENUM, SET
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.types import NullType

HERE = Path(__file__).parent
bar = load_python_file(HERE, "bar.py")
retries = load_python_file(HERE, "retries.py")
Key = list[ColumnClause[Any]]


def fill(
    migration: MigrationContext,
    statement: Update,
    size: int,
    pause: float,
    limits: tuple[float, float],
) -> None:
    """Update the rows, a batch in each transaction."""
    connection = cast("Connection", migration.connection)
    table = cast("TableClause", statement.table)
    schema = schema_of(connection, table)
    key = primary_key(connection, table, schema)
    ours = migration._transaction is not None
    if ours:
        with migration.autocommit_block():  # commits what stands before
            total = about(connection, table, schema)
    elif connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        raise CommandError(
            "op.backfill() commits by itself: write it outside of autocommit_block()"
        )
    else:  # in a transaction that was given, which its owner commits
        total = about(connection, table, schema)
    execute = retries.run_again(
        connection.execute,
        "A batch",
        partial(retries.growing, *limits),
        lambda _: ours,
        partial(retries.without_transaction, migration, "rollback"),
    )
    progress = bar.Progress(table.fullname, total)
    for rows in ranges(connection, key, size):
        batch = statement.where(rows)
        # A text() of the user may hold an OR.
        batch._where_criteria = (Grouping(cast("Any", statement.whereclause)), rows)
        progress.add(size, execute(batch).rowcount)
        if ours:
            with retries.without_transaction(migration, "commit"):
                time.sleep(pause)
    progress.end()


def schema_of(connection: Connection, table: TableClause) -> str | None:
    """Return the table's schema, as SQLAlchemy translates it."""
    translate = connection.get_execution_options().get("schema_translate_map") or {}
    found = translate.get(table.schema, table.schema)
    return found if isinstance(table, Table) else table.schema


def about(connection: Connection, table: TableClause, schema: str | None) -> int:
    """Return how many rows the server supposes: to count them takes long."""
    named = Table(table.name, MetaData(), schema=schema)
    name = connection.dialect.identifier_preparer.format_table(named)
    explain = f"EXPLAIN FORMAT=TRADITIONAL SELECT 1 FROM {name}"
    return int(connection.exec_driver_sql(explain).mappings().one()["rows"] or 0)


def primary_key(connection: Connection, table: TableClause, schema: str | None) -> Key:
    """Return the columns of the primary key."""
    names: list[str] = []
    inspector = inspect(connection)
    with suppress(NoSuchTableError):
        names = inspector.get_pk_constraint(table.name, schema)["constrained_columns"]
        for each in inspector.get_columns(table.name, schema):
            # They are in an order of their own, and compared as strings.
            if each["name"] in names and isinstance(each["type"], ENUM | SET):
                names = []
    if not names:
        raise CommandError(
            f"{table.fullname} is no table with a primary key without ENUM and SET, by "
            "which op.backfill() goes: add one, or use op.execute()"
        )
    return [column(name, NullType(), _selectable=table) for name in names]


def ranges(
    connection: Connection, key: Key, size: int
) -> Iterator[ColumnElement[bool]]:
    """Yield conditions that divide the rows, and those that come meanwhile."""
    after: ColumnElement[bool] = true()
    while True:
        ends = select(*key).where(after).order_by(*key).offset(size - 1).limit(1)
        end = connection.execute(ends).first()
        if end is None:
            yield after
            return
        yield and_(after, compared(key, operator.le, end))
        after = compared(key, operator.gt, end)


def compared(
    key: Key, compare: Callable[..., ColumnElement[bool]], place: Sequence[Any]
) -> ColumnElement[bool]:
    """Return the condition that a key is so before or after a place.

    For (a, b) > (1, 2) the server would not use the index.
    """
    values = [literal(value, NullType()) for value in place]
    (last, value), *others = reversed([*zip(key, values, strict=True)])
    condition = compare(last, value)
    strictly = operator.gt if compare is operator.gt else operator.lt
    for each, value in others:
        condition = or_(strictly(each, value), and_(each == value, condition))
    return condition
