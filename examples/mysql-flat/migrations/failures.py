# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What a migration that fails says: a line. `alembic --raiseerr` shows more."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import shorten
from typing import Any, cast

from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, column, func, select, table
from sqlalchemy.exc import DBAPIError, PendingRollbackError

LOCK_WAIT_TIMEOUT = 1205  # the server's number of the error
LOCK_NEEDED = (1845, 1846)  # it says LOCK=NONE or ALGORITHM=... is not supported
THERE = {1050, 1060, 1061, 1068, 1826, 3822}  # a table, a column, a key, a CHECK
NULL_REFUSED = (1138, 1265)  # on MySQL, on MariaDB


@contextmanager
def in_one_line(
    migration: MigrationContext, seconds: float, done: list[str]
) -> Iterator[None]:
    """Say which revision failed, why, and what of it is done and stands."""
    stands = "its statements before {} stand, because MySQL and MariaDB can't undo them"
    try:
        yield
    except CommandError:
        raise
    except Exception as error:
        errors = [*database_errors(error)]
        first = next(filter(failed_revision, errors), error)
        revision = failed_revision(first)
        cause = getattr(first, "orig", None) or first
        more = "".join(getattr(first, "detail", ()))  # tries of retries.py, or NULLs
        if error_number(cause) == LOCK_WAIT_TIMEOUT:
            setting = "lock_wait" if more else "lock_timeout"
            raise CommandError(
                f"{revision or 'The command'} waited {seconds} seconds{more} for a "
                f"table that another session uses, and {stands.format('that')}: try "
                f"again when it is free, or raise {setting} in hooks.py"
            ) from error
        reason = str(cause).partition("\n")[0] + more
        if error_number(cause) in LOCK_NEEDED:
            reason += '; mysql_lock = "DEFAULT" in the revision stops those who write'
        if done:
            reason += (
                f"; done: {shorten('; '.join(done), 500)}; mend the rest and run the "
                "command again, which goes on from there, or undo this, and begin anew "
                f"after ALTER TABLE {migration.version_table} COMMENT ''"
            )
        elif error_number(cause) in THERE:
            reason += "; if an earlier run was killed after it, leave it out for once"
        if revision:
            undone = stands.format("the failure")
            raise CommandError(f"{revision} failed, and {undone}: {reason}") from error
        if not isinstance(error, DBAPIError | PendingRollbackError):
            raise
        raise CommandError(f"The command failed: {reason}; run it again") from error


@contextmanager
def nulls_counted(migration: MigrationContext) -> Iterator[None]:
    """Say in how many rows a column is NULL, if it can't be NOT NULL for that."""
    impl = migration.impl
    alter = impl.alter_column

    def alter_column(table_name: str, column_name: str, /, **options: Any) -> None:
        try:
            alter(table_name, column_name, **options)
        except DBAPIError as error:
            number = error_number(cast("BaseException", error.orig))
            if options.get("nullable") is False and number in NULL_REFUSED:
                empty = column(column_name).is_(None)
                rows = table(table_name, schema=options.get("schema"))
                query = select(func.count()).select_from(rows).where(empty)
                count = cast("Connection", migration.connection).scalar(query)
                error.add_detail(
                    f"; {column_name} is NULL in {count:,} rows of {table_name}: "
                    "fill them with op.backfill() before"
                )
            raise

    vars(impl)["alter_column"] = alter_column
    try:
        yield
    finally:
        del vars(impl)["alter_column"]


def error_number(error: BaseException) -> int | None:
    """Return the server's number of the error, which each driver puts elsewhere."""
    return getattr(error, "errno", None) or next(iter(error.args), None)


def database_errors(error: BaseException | None) -> Iterator[DBAPIError]:
    """Yield the error, if it is the database's, and those that led to it.

    When a connection is lost, what ends the transaction fails too.
    """
    while error:
        if isinstance(error, DBAPIError):
            yield error
        error = error.__context__


def failed_revision(error: BaseException) -> str | None:
    """Return the revision in which the error was raised, if it was in one."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if "down_revision" in frame.f_globals:
            return f"Revision {frame.f_globals.get('revision')}"
    return None
