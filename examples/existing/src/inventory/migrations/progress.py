# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What a statement that takes long waits for on PostgreSQL, and how far it is.

A second connection asks, for a moment each time: CREATE INDEX CONCURRENTLY would wait
for a transaction that stays open. Where there is no room for one, nothing is said.
"""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from textwrap import shorten
from threading import Event, Thread
from typing import Any, NamedTuple, cast

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, event, text

log = logging.getLogger("alembic.runtime.migration")
LONG = 5  # seconds
# By its text too, because a pooler tells of another pid than the server's.
OURS = """
    SELECT pid FROM pg_stat_activity WHERE datname = current_database()
    AND (pid = :pid OR query <> '' AND position(query IN :statement) = 1)
    AND state = 'active' AND pid <> pg_backend_pid() ORDER BY pid <> :pid LIMIT 1
"""
BLOCKING = f"""
    SELECT DISTINCT pid, coalesce(nullif(application_name, ''), backend_type, usename),
        extract(epoch FROM clock_timestamp() - xact_start), query
    FROM ({OURS}) AS ours (our_pid), unnest(pg_blocking_pids(our_pid)) AS blocking (pid)
    LEFT JOIN pg_stat_activity USING (pid)
"""
DONE = f"""
    SELECT phase, CASE WHEN tuples_total > 0 THEN 100 * tuples_done / tuples_total
        WHEN blocks_total > 0 THEN 100 * blocks_done / blocks_total END
    FROM pg_stat_progress_create_index JOIN ({OURS}) AS ours USING (pid)
"""
COMMENTS_NAMES_VALUES = re.compile(
    r"""(--[^\n]*|/\*.*?(?:\*/|$))|("[^"]*"?)"""
    r"""|[eE]'(?:[^'\\]|\\.|'')*'?|'(?:[^']|'')*'?|\$(\w*)\$.*?(?:\$\3\$|$)"""
    r"""|(?<![\w$])\d[\w.]*""",
    re.DOTALL,
)


class Statement(NamedTuple):
    """What the migration executes."""

    text: str
    begun: float


@contextmanager
def shown(
    migration: MigrationContext, seconds: float, pid: int | None
) -> Iterator[None]:
    """Say it before `seconds` are over, in which a table must be free, and later on."""
    connection = cast("Connection", migration.connection)
    if connection.in_transaction() or not log.isEnabledFor(logging.INFO):
        yield
        return
    watch = Watch(connection.engine, pid or 0, min(seconds / 2 or 2, 2))
    with ExitStack() as stack:
        for name, listener in (
            ("before_cursor_execute", watch.before),
            ("after_cursor_execute", watch.after),
            ("rollback", watch.after),
        ):
            event.listen(connection, name, listener)
            stack.callback(event.remove, connection, name, listener)
        watch.start()
        stack.callback(watch.join, 1)
        stack.callback(watch.ended.set)
        yield


class Watch(Thread):
    """Looks at what the migration executes, beside it."""

    def __init__(self, engine: Engine, pid: int, first: float) -> None:
        """Ask after `first` seconds, then after 5 and each time after twice as many."""
        super().__init__(daemon=True)
        self.engine, self.pid, self.first = engine, pid, first
        self.ended = Event()
        self.statement: Statement | None = None

    def before(self, _: Connection, __: object, statement: str, *___: object) -> None:
        """Note what begins."""
        self.statement = Statement(statement[:10_000], time.monotonic())

    def after(self, *_: object) -> None:
        """Note that it has ended."""
        self.statement = None

    def run(self) -> None:
        """Look, until no migration runs or there is no second connection."""
        last, due = None, 0.0
        with suppress(Exception):
            while not self.ended.wait(0.05):
                statement = self.statement
                if statement and statement is not last:
                    last, due = statement, statement.begun + self.first
                if statement and time.monotonic() > due:
                    elapsed = time.monotonic() - statement.begun
                    self.say(statement.text, elapsed)
                    due = statement.begun + max(LONG, min(2 * elapsed, elapsed + 60))

    def say(self, statement: str, elapsed: float) -> None:
        """Say whom the statement waits for, or else how far it is."""
        blocking, done = self.ask({"pid": self.pid, "statement": statement})
        for other in blocking:
            log.info("Waiting for %s", described(*other))
        if elapsed >= LONG and not blocking:
            of_index = [f"; {phase}, {percent or 0} %" for phase, percent in done]
            far = "".join(of_index)
            log.info("%.0f seconds so far: %s%s", elapsed, brief(statement), far)

    def ask(self, values: dict[str, Any]) -> list[Any]:
        """Ask on a second connection, beside the engine's own pool."""
        pool, dialect, url = self.engine.pool, self.engine.dialect, self.engine.url
        own = Engine(pool.recreate(), dialect, url)
        try:
            with own.connect() as second:
                return asked(second, values)
        finally:
            own.dispose()


def asked(second: Connection, values: dict[str, Any]) -> list[Any]:
    """Return the sessions that block ours, and how far its index is."""
    return [second.execute(text(query), values).all() for query in (BLOCKING, DONE)]


def described(pid: int, name: str, seconds: float | None, query: str) -> str:
    """Return a session in words: less if our role may see less."""
    if not pid:
        return "a prepared transaction"
    if seconds is None:
        return f"pid {pid} ({name})"
    return f"pid {pid} ({name}), {seconds:.0f} seconds in a transaction: {brief(query)}"


def brief(query: str) -> str:
    """Return the beginning of a query, without values and comments."""
    if query.startswith("DO $migration$"):  # around it, by lock_timeout.py
        query = "\n".join(query.splitlines()[1:-1])
    shown = COMMENTS_NAMES_VALUES.sub(
        lambda found: found[2] or (" " if found[1] else "?"), query
    )
    return shorten(shown, 80, placeholder=" ...")
