# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""PostgreSQL: which one, and its transactions."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError, load_python_file
from sqlalchemy import URL
from sqlalchemy.exc import ArgumentError

OPTIONS = {"transaction_per_migration": True}  # so that autocommit_block() works
HERE = Path(__file__).parent
concurrently = load_python_file(HERE, "concurrently.py")
failures = load_python_file(HERE, "failures.py")
lock = load_python_file(HERE, "lock.py")
lock_timeout = load_python_file(HERE, "lock_timeout.py")
not_valid = load_python_file(HERE, "not_valid.py")
progress = load_python_file(HERE, "progress.py")
retries = load_python_file(HERE, "retries.py")
DRIVERS = {"postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
EXAMPLE_URL = "postgresql+asyncpg://user:password@host/database"
make_url = load_python_file(HERE, "url.py").make_url


def database_url(
    config: Config, hooks: ModuleType | None, default: URL | str | None = None
) -> URL:
    """Return the Config's URL, or else the project's with this project's driver."""
    sources = {
        "sqlalchemy.url": config.get_alembic_option("sqlalchemy.url"),
        "MIGRATIONS_DATABASE_URL": os.environ.get("MIGRATIONS_DATABASE_URL"),
        "database_url() in hooks.py": hooks if hasattr(hooks, "database_url") else None,
        "DATABASE_URL": os.environ.get("DATABASE_URL"),
        "default": default,
    }
    name, value = next((item for item in sources.items() if item[1]), ("", None))
    if value is None:
        raise CommandError(f"Set DATABASE_URL, for example to {EXAMPLE_URL}")
    if isinstance(value, ModuleType):
        value = url_of(value)
    try:
        url: URL | None = make_url(value)
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
        if type(error) in (AttributeError, TypeError, ValueError):  # of a parameter
            advice = "correct the URL"
        if isinstance(error, ImportError):
            advice = "pip install 'asyncpg'"
        shown = url.set(query={}).render_as_string(hide_password=True)
        raise CommandError(f"Can't connect to {shown}: {reason}; {advice}") from error


@contextmanager
def begin_transaction(migration: MigrationContext, hooks: ModuleType) -> Iterator[None]:
    """Run the migrations when no other process does, each in its own transaction."""
    writes = migration.opts.keys() & {"destination_rev", "revision_context"}
    if migration.dialect.name != "postgresql" or not writes:
        with migration.begin_transaction():
            yield
        return
    seconds = getattr(hooks, "lock_timeout", 1)
    with (
        failures.in_one_line(migration, seconds),
        lock.one_at_a_time(migration, hooks),
        lock_timeout.limited(migration, seconds),
        retries.until_free(migration, seconds, getattr(hooks, "lock_wait", 600)),
        progress.shown(migration, seconds, lock.backend_pid(migration.connection)),
        concurrently.repeatable(migration),
        not_valid.undone(migration),
        migration.begin_transaction(),
    ):
        yield
