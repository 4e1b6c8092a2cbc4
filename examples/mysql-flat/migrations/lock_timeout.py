# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How long a statement waits for a table on MySQL and MariaDB."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import ceil
from typing import cast

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import SQLAlchemyError

YEAR = 31_536_000  # seconds: the most that the server takes


@contextmanager
def limited(migration: MigrationContext, seconds: float) -> Iterator[None]:
    """Limit the wait for tables and rows, since others wait behind; in each migration.

    The session's own limits come back at the end, because code may have given it.
    """
    connection = cast("Connection", migration.connection)
    given = connection.in_transaction()
    limit = min(ceil(seconds), YEAR) or YEAR  # whole seconds; 0 is for ever
    limits = text("SELECT @@lock_wait_timeout, @@innodb_lock_wait_timeout")
    before = connection.execute(limits).one()
    if not given:
        connection.rollback()

    def set_limits(table: int, row: int) -> None:
        connection.exec_driver_sql(
            f"SET lock_wait_timeout = {table}, innodb_lock_wait_timeout = {row}"
        )

    def begin(_: Connection) -> None:
        set_limits(limit, limit)

    event.listen(connection, "begin", begin)
    try:
        yield
    finally:
        event.remove(connection, "begin", begin)
        if not connection.invalidated:
            with suppress(SQLAlchemyError):  # the connection is gone
                set_limits(*before)
                if not given:
                    connection.rollback()
