# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How op.backfill() goes through a table: by its primary key."""

import logging
import operator
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError, load_python_file
from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Connection,
    Table,
    TableClause,
    Update,
    and_,
    column,
    func,
    inspect,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.types import NullType

log = logging.getLogger("alembic.runtime.migration")
retries = load_python_file(str(Path(__file__).parent), "retries.py")
BAR, LINE = 0.1, 10  # seconds from one to the next
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
    key = primary_key(connection, table)
    count = select(func.count()).select_from(table)
    ours = migration._transaction is not None
    if ours:
        with migration.autocommit_block():  # commits what stands before
            total = connection.scalar(count)
    elif connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        raise CommandError(
            "op.backfill() commits by itself: write it outside of autocommit_block()"
        )
    else:  # in a transaction that was given, which its owner commits
        total = connection.scalar(count)
    execute = retries.run_again(
        connection.execute,
        "A batch",
        partial(retries.growing, *limits),
        lambda _: ours,
        partial(retries.without_transaction, migration, "rollback"),
    )
    progress = Progress(table.fullname, total or 0)
    for rows in ranges(connection, key, size):
        batch = statement.where(rows)
        # A text() of the user may hold an OR.
        batch._where_criteria = (Grouping(cast("Any", statement.whereclause)), rows)
        progress.add(size, execute(batch).rowcount)
        if ours:
            with retries.without_transaction(migration, "commit"):
                time.sleep(pause)
    progress.end()


def primary_key(connection: Connection, table: TableClause) -> Key:
    """Return the columns of the primary key."""
    schema = table.schema
    if isinstance(table, Table):
        translate = connection.get_execution_options().get("schema_translate_map") or {}
        schema = translate.get(schema, schema)
    names: list[str] = []
    inspector = inspect(connection)
    with suppress(NoSuchTableError):
        names = inspector.get_pk_constraint(table.name, schema)["constrained_columns"]
    if not names:
        raise CommandError(
            f"{table.fullname} is no table with a primary key, by which op.backfill() "
            "goes: add one, or use op.execute()"
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
    """Return the condition that a key is so before or after a place."""
    values = [literal(value, NullType()) for value in place]
    return compare(tuple_(*key), tuple_(*values))


class Progress:
    """How far it is: a bar on a terminal, a line now and then in a log."""

    def __init__(self, table: str, total: int) -> None:
        """Begin with nothing."""
        self.table, self.total = table, total
        self.done = self.filled = 0
        self.begun = self.shown = time.monotonic()
        self.bar = sys.stderr.isatty() and log.isEnabledFor(logging.INFO)

    def add(self, done: int, filled: int) -> None:
        """Count rows that were looked at, and those of them that were filled."""
        self.done = min(self.done + done, self.total)
        self.filled += filled
        now = time.monotonic()
        if not self.done or now - self.shown < (BAR if self.bar else LINE):
            return
        self.shown = now
        rate = self.done / (now - self.begun)
        left = timedelta(seconds=round((self.total - self.done) / rate))
        far = f"{self.done:,} of {self.total:,} rows, {rate:,.0f} a second, {left} left"
        if self.bar:
            hashes = "#" * (20 * self.done // self.total)
            write(f"{self.table} [{hashes:.<20}] {far}")
        else:
            log.info("Filling %s: %s", self.table, far)

    def end(self) -> None:
        """Say what was done."""
        if self.bar:
            write("")
        seconds = time.monotonic() - self.begun
        rows = f"{self.filled:,}"
        log.info("Filled %s rows of %s in %.1f seconds", rows, self.table, seconds)


def write(line: str) -> None:
    """Write a line on the terminal, over which the next one is written."""
    width = shutil.get_terminal_size().columns - 1
    sys.stderr.write(f"{line[:width]:{width}}\r")
    sys.stderr.flush()
