# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""PostgreSQL: which one, its transactions, and one migration at a time."""

import logging
import os
import time
import traceback
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import ModuleType
from typing import Any, cast

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

log = logging.getLogger("alembic.runtime.migration")
OPTIONS = {"transaction_per_migration": True}  # so that autocommit_block() works
DRIVERS = {"postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
EXAMPLE_URL = "postgresql+asyncpg://user:password@host/database"


def database_url(
    config: Config, hooks: ModuleType | None, default: URL | str | None = None
) -> URL:
    """Return the Config's URL, or else the project's with this project's driver."""
    sources = {
        "sqlalchemy.url": config.get_alembic_option("sqlalchemy.url"),
        "MIGRATIONS_DATABASE_URL": os.environ.get("MIGRATIONS_DATABASE_URL"),
        "database_url() in hooks.py": hooks if hasattr(hooks, "database_url") else None,
        "DATABASE_URL": os.environ.get("DATABASE_URL"),
        "default": getattr(hooks, "default_url", default),
    }
    name, value = next((item for item in sources.items() if item[1]), ("", None))
    if value is None:
        raise CommandError(f"Set DATABASE_URL, for example to {EXAMPLE_URL}")
    if isinstance(value, ModuleType):
        value = url_of(value)
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):  # their messages may hold the password
        url = None
    # After an "@" in the password, the rest of it would be taken for the host.
    if url is None or (
        url.password and "@" in f"{url.host}{str(value).partition(f'@{url.host}')[2]}"
    ):
        raise CommandError(
            f"{name} is not a database URL such as {EXAMPLE_URL}, "
            "special characters in the password percent-encoded (%40 for @)"
        )
    if name == "sqlalchemy.url" and url.drivername not in DRIVERS:
        return url  # code or the configuration file chose it
    if url.get_backend_name() not in DRIVERS:
        raise CommandError(
            f"{name} is for {url.get_backend_name()}, but these migrations are for "
            "PostgreSQL: unset it, or set MIGRATIONS_DATABASE_URL"
        )
    return url.set(drivername=DRIVERS[url.get_backend_name()])


def url_of(hooks: ModuleType) -> URL | str:
    """Return what the project's own database_url() returns."""
    try:
        url = hooks.database_url()
    except CommandError:  # the project's own words
        raise
    except Exception as error:  # its message may hold the password
        raise CommandError(
            f"database_url() in hooks.py failed with {type(error).__name__}; "
            "alembic --raiseerr shows where"
        ) from error
    if isinstance(url, URL | str):
        return url
    raise CommandError(
        f"database_url() in hooks.py returns {type(url).__name__}, not str or URL"
    )


def connect_args(url: URL) -> dict[str, Any]:
    """Return arguments of the driver: no prepared statements.

    A pooler such as PgBouncer gives each transaction another connection, which does not
    know them.
    """
    if url.drivername != "postgresql+asyncpg":
        return {}
    return {
        "statement_cache_size": 0,
        "prepared_statement_cache_size": 0,
        "prepared_statement_name_func": str,  # no name
    }


@contextmanager
def errors_in_one_line(url: URL) -> Iterator[None]:
    """Say why there is no connection; `alembic --raiseerr` shows more."""
    try:
        yield
    except Exception as error:
        cause = getattr(error, "orig", error)
        reason = (str(cause).strip() or repr(cause)).partition("\n")[0]
        advice = "is the server running, and the URL right?"
        if isinstance(error, ImportError):
            advice = "pip install 'asyncpg'"
        shown = url.set(query={}).render_as_string(hide_password=True)
        raise CommandError(f"Can't connect to {shown}: {reason}; {advice}") from error


def second_connection(engine: Engine) -> Connection:
    """Return one more connection, for the lock."""
    with errors_in_one_line(engine.url):
        return engine.connect()


@contextmanager
def begin_transaction(migration: MigrationContext, hooks: ModuleType) -> Iterator[None]:
    """Run the migrations when no other process does, each in its own transaction."""
    connection = cast("Connection", migration.connection)
    writes = migration.opts.keys() & {"destination_rev", "revision_context"}
    if migration.dialect.name != "postgresql" or not writes:
        with migration.begin_transaction():
            yield
        return
    seconds: float = getattr(hooks, "lock_timeout", 5)

    def limit_waiting(_: Connection) -> None:
        # In an autocommit_block() there is no transaction to set it for.
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            timeout = f"SET LOCAL lock_timeout = {seconds * 1000:.0f}"
            connection.exec_driver_sql(timeout)

    event.listen(connection, "begin", limit_waiting)
    try:
        with one_at_a_time(migration, hooks), migration.begin_transaction():
            yield
    except DBAPIError as error:
        if "lock timeout" not in str(error.orig):
            raise
        raise CommandError(
            f"{failed_revision(error) or 'The command'} waited {seconds} seconds for a "
            "table that another session uses, and was undone: try again when it is "
            "free, or raise lock_timeout in hooks.py"
        ) from error
    finally:
        event.remove(connection, "begin", limit_waiting)


@contextmanager
def one_at_a_time(migration: MigrationContext, hooks: ModuleType) -> Iterator[None]:
    """Keep other processes from migrating: hold a lock, on a second connection."""
    connection = cast("Connection", migration.connection)
    table = f"{migration.version_table_schema}.{migration.version_table}"
    lock = text(f"SELECT pg_try_advisory_xact_lock({zlib.crc32(table.encode())})")
    # A transaction that code gave us holds the lock itself, until its owner ends it.
    given = connection.in_transaction()
    holds = nullcontext(connection) if given else second_connection(connection.engine)
    with holds as holder:
        # Polled: CREATE INDEX CONCURRENTLY would wait for a query that waits.
        for _ in attempts(getattr(hooks, "lock_wait", 600)):
            if holder.scalar(lock):
                break
            if not given:
                holder.rollback()
        # The server must not end this transaction for being idle. As its last statement
        # this also closes the SELECT, for which CREATE INDEX CONCURRENTLY would wait.
        if not given:
            holder.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield


def attempts(limit: float) -> Iterator[None]:
    """Yield for each attempt at the lock, and raise after `limit` seconds."""
    give_up = time.monotonic() + limit
    yield
    log.info("Waiting for another process, which migrates this database")
    while time.monotonic() < give_up:
        time.sleep(min(0.5, limit))
        yield
    raise CommandError(
        f"Another process has been migrating this database for {limit} seconds: "
        "try again later, or raise lock_wait in hooks.py"
    )


def failed_revision(error: BaseException) -> str | None:
    """Return the revision in which the error was raised, if it was in one."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if "down_revision" in frame.f_globals:
            return f"Revision {frame.f_globals.get('revision')}"
    return None
