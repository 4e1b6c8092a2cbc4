# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""One migration at a time on PostgreSQL."""

import logging
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, cast

from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError, load_python_file
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger("alembic.runtime.migration")
# PostgreSQL has it since 14; elsewhere than on Linux it may refuse a value.
CHECK = "current_setting('client_connection_check_interval', true)"


@contextmanager
def one_at_a_time(migration: MigrationContext, hooks: ModuleType) -> Iterator[None]:
    """Keep other processes from migrating the same tables: hold a lock."""
    connection = cast("Connection", migration.connection)
    given = connection.in_transaction()
    pid, lock = identify(migration, getattr(hooks, "lock_wait", 600))
    if given:  # the transaction holds the lock, until its owner ends it
        lock.ask((connection, lock.take), (connection, lock.alone))
        yield
        return
    connection.rollback()
    if pid == backend_pid(connection):
        with held_by_session(connection, lock):
            yield
    else:
        pooler = load_python_file(Path(__file__).parent, "pooler.py")
        with pooler.held_beside(migration, lock):
            yield


class Lock(NamedTuple):
    """PostgreSQL's advisory locks, whose keys are numbers."""

    key: int  # from the name of the table of versions and its schema
    older: int  # from the name alone, as older files of this template have it
    limit: float  # seconds to wait

    @property
    def take(self) -> str:
        """Take the lock until the transaction ends, if it is free."""
        return (
            "SELECT true"
            f" WHERE pg_try_advisory_xact_lock_shared({self.older})"
            f" AND pg_try_advisory_xact_lock({self.key})"
        )

    @property
    def alone(self) -> str:
        """See that nobody still migrates who has lost the lock (see pooler.py)."""
        return (
            f"SELECT true WHERE pg_try_advisory_xact_lock({~self.key}) AND NOT EXISTS"
            # The view pg_stat_activity joins names to it, which takes longer.
            " (SELECT FROM pg_stat_get_activity(NULL) WHERE pid <> pg_backend_pid()"
            " AND datid = (SELECT oid FROM pg_database"
            " WHERE datname = current_database()) AND state = 'active'"
            f" AND strpos(query, 'migrates ' || '{self.key}') > 0)"
        )

    def ask(self, *questions: tuple[Connection, str]) -> Any:
        """Ask until each question has an answer, and return the last.

        No query waits in the server: CREATE INDEX CONCURRENTLY would wait for it.
        """
        ours = [each for each, _ in questions if not each.in_transaction()]
        sure = True
        for _ in attempts(self.limit):
            for connection, query in questions:
                answer = connection.scalar(text(query))
                if answer is None:
                    # Between two statements the other shows nothing: ask it twice.
                    sure = query != self.alone
                    break
            else:
                if sure:
                    return answer
                sure = True
            for connection in ours:
                connection.rollback()
        return None  # attempts() has raised before


def identify(migration: MigrationContext, limit: float) -> tuple[int, Lock]:
    """Return the server's process at the other end, and the lock."""
    connection = cast("Connection", migration.connection)
    schema, table = migration.version_table_schema, migration.version_table
    translate = connection.get_execution_options().get("schema_translate_map") or {}
    # Without a schema, search_path says where the table is or will be.
    query = """
        SELECT pg_backend_pid(), coalesce(:schema, (
            SELECT nspname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
            WHERE relname = :table AND pg_table_is_visible(c.oid)
        ), current_schema())
    """
    values = {"schema": translate.get(schema, schema), "table": table}
    pid, found = connection.execute(text(query), values).one()
    key, older = (zlib.crc32(f"{name}.{table}".encode()) for name in (found, schema))
    return pid, Lock(key, older, limit)


def backend_pid(connection: Connection) -> int | None:
    """Return the process that the driver was told of: a pooler invents one."""
    driver: Any = connection.connection.driver_connection
    with suppress(AttributeError):  # code gave an engine with another driver
        pid: int = driver.info.backend_pid
        return pid
    return None


@contextmanager
def held_by_session(connection: Connection, lock: Lock) -> Iterator[None]:
    """Hold the lock on the connection that migrates: neither outlives the other."""

    def execute(
        function: str, settings: tuple[Any, ...], where: str = ""
    ) -> tuple[Any, ...]:
        idle, check = settings
        query = f"""
            SELECT current_setting('tcp_keepalives_idle'), {CHECK},
            set_config('tcp_keepalives_idle', '{idle}', false),
            CASE WHEN {CHECK} <> '' AND version() ~ 'linux'
            THEN set_config('client_connection_check_interval', '{check}', false) END,
            pg_advisory_{function}_shared({lock.older}),
            pg_advisory_{function}({lock.key})
            {where}
        """
        row = connection.exec_driver_sql(query).one_or_none()
        connection.commit()
        return tuple(row or ())[:2]

    # The server shows that it lives while a statement takes hours: firewalls forget.
    # And it ends the statement of a client that was killed, which would keep the lock.
    settings = "60", "1s"
    if_free = f"WHERE EXISTS ({lock.take}) AND EXISTS ({lock.alone})"
    before = execute("lock", settings, if_free)
    if not before:
        lock.ask((connection, lock.take), (connection, lock.alone))
        before = execute("lock", settings)
    try:
        yield
    finally:
        if not connection.invalidated:
            with suppress(SQLAlchemyError):  # the connection is gone, and the lock too
                connection.rollback()
                execute("unlock", before)


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
        "`status` says which; try again later, or raise lock_wait in hooks.py"
    )
