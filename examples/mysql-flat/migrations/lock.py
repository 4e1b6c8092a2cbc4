# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""One migration at a time on MySQL and MariaDB."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import md5
from types import ModuleType
from typing import cast

from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, String, column, select, table, text
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger("alembic.runtime.migration")


@contextmanager
def one_at_a_time(migration: MigrationContext, hooks: ModuleType) -> Iterator[None]:
    """Keep other processes from migrating: hold a lock, which outlives commits.

    It is the connection's: neither outlives the other.
    """
    connection = cast("Connection", migration.connection)
    given = connection.in_transaction()

    def scalar(function: str) -> object:
        result = connection.scalar(text(f"SELECT {function}"))
        if not given:
            connection.rollback()  # the SELECT has begun a transaction
        return result

    name = name_of(migration, scalar("DATABASE()"))
    for _ in attempts(getattr(hooks, "lock_wait", 600)):
        if scalar(f"GET_LOCK('{name}', 0)"):
            break
    try:
        if given:
            refuse_old_snapshot(migration)
        yield
    finally:
        if not connection.invalidated:
            with suppress(SQLAlchemyError):  # the connection is gone, and the lock too
                scalar(f"RELEASE_LOCK('{name}')")


def name_of(migration: MigrationContext, database: object) -> str:
    """Return the name of the lock.

    Unlike tables, locks are the server's, and a name has 64 characters at the most.
    """
    connection = cast("Connection", migration.connection)
    translate = connection.get_execution_options().get("schema_translate_map") or {}
    schema = migration.version_table_schema
    versions = f"{translate.get(schema, schema)}.{migration.version_table}"
    key = f"alembic {database} {versions}".encode()
    return md5(key, usedforsecurity=False).hexdigest()


def refuse_old_snapshot(migration: MigrationContext) -> None:
    """See that the transaction of code shows the versions as they are by now."""
    connection = cast("Connection", migration.connection)
    versions = table(migration.version_table, schema=migration.version_table_schema)
    query = select(column("version_num", String)).select_from(versions)
    seen = migration.get_current_heads()
    if seen and {*connection.scalars(query.with_for_update(read=True))} != {*seen}:
        raise CommandError(
            "The transaction that was given is older than what another process has "
            "migrated: end it, and run the command again"
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
        f"Another process has been migrating this database for {limit} seconds: "
        "`status` says which; try again later, or raise lock_wait in hooks.py"
    )
