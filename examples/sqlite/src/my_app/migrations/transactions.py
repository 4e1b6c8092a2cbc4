# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Real transactions on SQLite, with foreign keys off in them, and one at a time."""

import logging
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.util import CommandError
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

log = logging.getLogger("alembic.runtime.migration")


@contextmanager
def begun_to_write(connection: Connection, limit: float) -> Iterator[None]:
    """Have SQLAlchemy begin real transactions: Python's driver has some of its own."""

    def begin_to_write(begun: Connection) -> None:
        # In an autocommit_block() there is no transaction.
        isolation_level = connection.get_execution_options().get("isolation_level")
        if begun is connection and isolation_level != "AUTOCOMMIT":
            begin(connection, limit)

    if connection.in_transaction():
        join(connection, limit)
    # On the engine, to come after what it does to begin a transaction.
    event.listen(connection.engine, "begin", begin_to_write)
    event.listen(connection, "commit", commit)
    event.listen(connection, "rollback", rollback)
    try:
        yield
    finally:
        event.remove(connection.engine, "begin", begin_to_write)


@contextmanager
def savepoints(migration: MigrationContext, *, keep: bool) -> Iterator[None]:
    """Undo a migration that fails or leaves rows without their parent, and it alone."""
    connection = cast("Connection", migration.connection)
    before = orphans(connection)

    def next_savepoint(step: MigrationInfo, **_: Any) -> None:
        refuse_orphans(step, orphans(connection) - before)
        if savepoint := connection.get_nested_transaction():
            savepoint.commit()
        connection.begin_nested()

    migration.on_version_apply_callbacks += (next_savepoint,)
    connection.begin_nested()
    try:
        yield
    except BaseException:
        if savepoint := connection.get_nested_transaction():
            savepoint.rollback()
            if keep:  # those before it
                connection.commit()
        raise
    if savepoint := connection.get_nested_transaction():
        savepoint.commit()


def begin(connection: Connection, limit: float) -> None:
    """Lock the database, with foreign keys off: to alter a table, it is dropped."""
    cursor = connection.connection.cursor()
    begun = in_transaction(connection)  # by the driver or the engine, and empty
    if begun:
        cursor.execute("ROLLBACK")
    timeout = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
    foreign_keys = connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
    connection.info["migrations"] = begun, foreign_keys, timeout
    cursor.execute("PRAGMA foreign_keys = OFF")
    cursor.execute("PRAGMA busy_timeout = 0")  # attempts() waits, and says so
    try:
        for _ in attempts(limit):
            if begin_immediate(connection):
                break
    except BaseException:
        rollback(connection)
        raise
    # To commit, it must wait for those that read.
    cursor.execute(f"PRAGMA busy_timeout = {limit * 1000:.0f}")


def begin_immediate(connection: Connection) -> bool:
    """Return whether the database is locked for us now."""
    try:
        connection.connection.cursor().execute("BEGIN IMMEDIATE")
    except Exception as error:
        if "locked" not in str(error):
            raise
        return False
    return True


def join(connection: Connection, limit: float) -> None:
    """Migrate in a transaction that code began, perhaps not yet in the database."""
    if not in_transaction(connection):
        begin(connection, limit)
    elif connection.exec_driver_sql("PRAGMA foreign_keys").scalar():
        raise CommandError(
            "Foreign keys are on, and can't be turned off in the transaction that was "
            "given: run PRAGMA foreign_keys = OFF before it, or give an Engine"
        )


def commit(connection: Connection) -> None:
    """Commit, and turn foreign keys on again if they were."""
    end(connection, "COMMIT")


def rollback(connection: Connection) -> None:
    """Roll back, and turn foreign keys on again if they were."""
    end(connection, "ROLLBACK")


def end(connection: Connection, statement: str) -> None:
    """End our transaction before SQLAlchemy does: in it, foreign keys can't be set."""
    if "migrations" not in connection.info:
        return
    cursor = connection.connection.cursor()
    if in_transaction(connection):
        cursor.execute(statement)
    begun, foreign_keys, timeout = connection.info.pop("migrations")
    cursor.execute(f"PRAGMA busy_timeout = {timeout}")
    if foreign_keys:
        cursor.execute("PRAGMA foreign_keys = ON")
    if begun:
        cursor.execute("BEGIN")  # for SQLAlchemy to end


def in_transaction(connection: Connection) -> bool:
    """Return whether SQLite, beneath SQLAlchemy, is in a transaction."""
    driver: Any = connection.connection.driver_connection
    return bool(driver.in_transaction)


def orphans(connection: Connection) -> Counter[tuple[str, str]]:
    """Count rows without their parent, by table and the parent's table."""
    try:
        rows = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    except OperationalError:  # a foreign key that leads to no key
        return Counter()
    return Counter((table, parent) for table, _, parent, _ in rows)


def refuse_orphans(step: MigrationInfo, found: Counter[tuple[str, str]]) -> None:
    """Fail a migration that has left rows without their parent."""
    for (table, parent), count in found.items():
        raise CommandError(
            f"Revision {step.up_revision_id} leaves {count} rows of {table} without "
            f"their {parent}, and was undone: move or delete them in it"
        )


def attempts(limit: float) -> Iterator[None]:
    """Yield for each attempt at the lock, and raise after `limit` seconds."""
    give_up = time.monotonic() + limit
    yield
    log.info("Waiting for another process, which migrates this database")
    while time.monotonic() < give_up:
        time.sleep(min(0.5, limit))
        yield
    raise CommandError(
        "Another process has been migrating this database, or writing to it, "
        f"for {limit} seconds: try again later, or raise lock_wait in hooks.py"
    )
