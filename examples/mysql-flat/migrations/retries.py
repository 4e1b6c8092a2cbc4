# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What is run again on MySQL and MariaDB: what found rows in use, or met a deadlock."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import wraps
from pathlib import Path
from random import SystemRandom
from typing import Any, cast

from alembic.runtime.migration import MigrationContext
from alembic.util import load_python_file
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

log = logging.getLogger("alembic.runtime.migration")
failures = load_python_file(str(Path(__file__).parent), "failures.py")
REASONS = {1205: "found rows in use", 1213: "met a deadlock"}
LONGEST_PAUSE = 10  # seconds
Function = Callable[..., Any]


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
                reason = REASONS.get(failures.error_number(error.orig) or 0)
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
