# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What is run again on PostgreSQL: what found a table in use, or met a deadlock."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial, wraps
from pathlib import Path
from random import SystemRandom
from typing import Any, cast

from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.util import load_python_file
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

log = logging.getLogger("alembic.runtime.migration")
REASONS = {"55P03": "found a table in use", "40P01": "met a deadlock"}
LONGEST_PAUSE = 10  # seconds
sqlstate = load_python_file(Path(__file__).parent, "failures.py").sqlstate
Function = Callable[..., Any]


@contextmanager
def until_free(
    migration: MigrationContext, seconds: float, wait: float
) -> Iterator[None]:
    """Undo and run again, for up to `wait` seconds, what may wait `seconds` each time.

    That is a whole revision, or a statement of an autocommit_block(), whose others are
    committed. In a transaction that was given, it is for the owner to do.
    """
    connection = cast("Connection", migration.connection)
    if connection.in_transaction():
        yield
        return
    committed = False
    pauses = partial(growing, seconds, wait)

    def commit(_: Connection) -> None:
        nonlocal committed
        committed = True

    def nothing_stands(_: DBAPIError) -> bool:
        return not committed and migration._transaction is not None

    undone = partial(without_transaction, migration, "rollback")

    def steps(*arguments: Any) -> Iterable[Any]:
        nonlocal committed
        for step in revisions(*arguments):
            if isinstance(step, RevisionStep):
                run, name = step.migration_fn, f"Revision {step.revision.revision}"
                step.migration_fn = run_again(run, name, pauses, nothing_stands, undone)
            committed = False
            yield step

    def limited(error: DBAPIError) -> bool:
        """Return whether the statement is lock_timeout.py's: all of it is undone."""
        return (error.statement or "").startswith("DO $migration$")

    revisions = cast("Function", migration._migrations_fn)
    migration._migrations_fn = steps
    statement = run_again(migration.impl._exec, "A statement", pauses, limited)
    migration.impl._exec = statement  # type: ignore[method-assign]
    event.listen(connection, "commit", commit)
    try:
        yield
    finally:
        event.remove(connection, "commit", commit)


@contextmanager
def without_transaction(migration: MigrationContext, end: str) -> Iterator[None]:
    """Commit or roll back, and then begin again."""
    getattr(migration._transaction, end)()
    migration._transaction = None
    yield
    migration._transaction = cast("Connection", migration.connection).begin()


def run_again(
    run: Function,
    name: str,
    pauses: Callable[[], Iterator[float]],
    possible: Callable[[DBAPIError], bool],
    undone: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Function:
    """Return a function that runs this one until its tables are free."""

    @wraps(run)
    def attempts(*arguments: Any, **options: Any) -> Any:
        left = pauses()
        tries = 0
        while True:
            tries += 1
            try:
                return run(*arguments, **options)
            except DBAPIError as error:
                reason = REASONS.get(sqlstate(error) or "")
                pause = next(left, None) if reason and possible(error) else None
                if pause is None:
                    if tries > 1:
                        error.add_detail(f", {tries} times,")
                    raise
            with undone():
                log.info("%s %s: it is run again in %.1f seconds", name, reason, pause)
                time.sleep(pause)

    return attempts


def growing(first: float, wait: float) -> Iterator[float]:
    """Yield pauses, each about twice the last, until `wait` seconds are over."""
    give_up = time.monotonic() + wait
    pause = first or 1
    while time.monotonic() < give_up:
        yield min(pause, LONGEST_PAUSE) * SystemRandom().uniform(0.5, 1.5)
        pause *= 2
