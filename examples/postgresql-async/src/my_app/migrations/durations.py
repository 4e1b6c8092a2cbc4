# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How long each revision took."""

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

from alembic.runtime.migration import MigrationContext, RevisionStep

log = logging.getLogger("alembic.runtime.migration")


def show(migration: MigrationContext) -> None:
    """Log it when a revision is done, its commit too."""
    found = cast("Callable[..., Any]", migration._migrations_fn)

    def steps(*arguments: object) -> Iterator[Any]:
        for step in found(*arguments):
            begun = time.monotonic()
            yield step
            if isinstance(step, RevisionStep):
                seconds = time.monotonic() - begun
                name = step.revision.revision
                log.info("Revision %s took %.2f seconds", name, seconds)

    migration._migrations_fn = steps
