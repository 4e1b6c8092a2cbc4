# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""SQLite: which file, and its transactions."""

import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import cast

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError, load_python_file
from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

OPTIONS = {"transactional_ddl": True}
DRIVERS = {"sqlite": "sqlite+pysqlite"}
EXAMPLE_URL = "sqlite:///path/to/file.db"


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
            "SQLite: unset it, or set MIGRATIONS_DATABASE_URL"
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


@contextmanager
def errors_in_one_line(url: URL) -> Iterator[None]:
    """Say why there is no connection; `alembic --raiseerr` shows more."""
    try:
        yield
    except Exception as error:
        cause = getattr(error, "orig", error)
        reason = (str(cause).strip() or repr(cause)).partition("\n")[0]
        advice = "is its folder there?"
        shown = url.set(query={}).render_as_string(hide_password=True)
        raise CommandError(f"Can't connect to {shown}: {reason}; {advice}") from error


@contextmanager
def begin_transaction(migration: MigrationContext, hooks: ModuleType) -> Iterator[None]:
    """Run the migrations in one transaction: it keeps other processes from writing."""
    connection = cast("Connection", migration.connection)
    writes = migration.opts.keys() & {"destination_rev", "revision_context"}
    # `history --indicate-current` would create the table of versions, and wait for it.
    migration.opts["dont_mutate"] = not writes
    if migration.dialect.name != "sqlite" or not writes:
        with migration.begin_transaction():
            yield
        return
    rebuild, transactions = (  # which `current` does not need
        load_python_file(str(Path(__file__).parent), name)
        for name in ("rebuild.py", "transactions.py")
    )
    given = connection.in_transaction()
    with (
        rebuild.rebuilds(migration),
        transactions.begun_to_write(connection, getattr(hooks, "lock_wait", 600)),
        migration.begin_transaction(),
        failure_in_one_line(migration),
        transactions.savepoints(migration, keep=not given),
    ):
        yield


@contextmanager
def failure_in_one_line(migration: MigrationContext) -> Iterator[None]:
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
    except (CommandError, DBAPIError) as error:
        if not (revision := failed_revision(error)):
            raise
        if isinstance(error, CommandError):
            message = f"{revision} failed, and was undone{stands}: {error}"
            raise CommandError(message) from error
        raise CommandError(
            f"{revision} failed, and was undone{stands}: {error.orig}; "
            "alembic --raiseerr shows more"
        ) from error
    finally:
        event.remove(connection, "begin", begin)


def failed_revision(error: BaseException) -> str | None:
    """Return the revision in which the error was raised, if it was in one."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if "down_revision" in frame.f_globals:
            return f"Revision {frame.f_globals.get('revision')}"
    return None
