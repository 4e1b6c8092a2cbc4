# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What a migration that fails says: a line. `alembic --raiseerr` shows more."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError, PendingRollbackError

LOCK_NOT_AVAILABLE = "55P03"


@contextmanager
def in_one_line(migration: MigrationContext, seconds: float) -> Iterator[None]:
    """Say which revision failed, why, and what of it stands."""
    connection = cast("Connection", migration.connection)
    stands = ""

    def begin(_: Connection) -> None:
        nonlocal stands
        if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
            stands = " but for what its autocommit_block() committed"

    def applied(**_: object) -> None:
        nonlocal stands
        stands = ""

    event.listen(connection, "begin", begin)
    migration.on_version_apply_callbacks += (applied,)
    try:
        yield
    except CommandError as error:
        if revision := failed_revision(error):
            raise CommandError(f"{revision} failed: {error}") from error
        raise
    except (DBAPIError, PendingRollbackError) as error:
        errors = [*database_errors(error)]
        if not errors:
            raise
        first = next(filter(failed_revision, errors), errors[0])
        revision = failed_revision(first)
        if sqlstate(first) == LOCK_NOT_AVAILABLE:
            tries = "".join(first.detail)  # counted by retries.py
            setting = "lock_wait" if tries else "lock_timeout"
            raise CommandError(
                f"{revision or 'The command'} waited {seconds} seconds{tries} for a "
                f"table that another session uses, and was undone{stands}: try again "
                f"when it is free, or raise {setting} in hooks.py"
            ) from error
        undone = f", and was undone{stands}" if revision else ""
        lost = any(each.connection_invalidated for each in errors)
        advice = "run the command again" if lost else "alembic --raiseerr shows more"
        raise CommandError(
            f"{revision or 'The command'} failed{undone}: {said(first)}; {advice}"
        ) from error
    finally:
        event.remove(connection, "begin", begin)


def sqlstate(error: DBAPIError) -> str | None:
    """Return the server's code of the error."""
    return getattr(error.orig, "sqlstate", None)


def said(error: DBAPIError) -> str:
    """Return the first line of what the server or the driver said."""
    cause = getattr(error.orig, "__cause__", None) or error.orig
    return str(cause).strip().partition("\n")[0]


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
