# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which revisions wait until the old code is gone: those that say `contract = True`.

The others expand the database to where the old code works and the new code too.
`alembic -x expand upgrade head` runs them alone, before a deployment.
"""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from alembic.runtime.migration import RevisionStep
from alembic.script import Script
from alembic.util import CommandError

log = logging.getLogger("alembic.runtime.migration")
told: set[str] = set()
GONE = "run `alembic upgrade head` when the old code is gone"


def hold_back(context: Any) -> None:
    """Leave out the revisions that wait, if -x expand or commands.py asks for it."""
    asked = context.get_x_argument(as_dictionary=True)
    if "expand" not in asked and not context.config.attributes.get("expand"):
        return
    migration = context.get_context()
    found = migration._migrations_fn

    def steps(heads: object, *arguments: object) -> Iterator[Any]:
        every = [*found(heads, *arguments)]
        if not heads:  # of a new database: no code has used it
            yield from every
            return
        upgrades = [each for each in every if isinstance(each, RevisionStep)]
        held = waiting(each.revision for each in upgrades if each.is_upgrade)
        first = next(iter(held.values()), None)
        if first and first.revision not in told:  # once, however many tenants there are
            log.warning("Stops before %s: %s", named(first), GONE)
            told.add(first.revision)
        for step in every:
            if not isinstance(step, RevisionStep) or step.revision.revision not in held:
                yield step

    migration._migrations_fn = steps


def waiting(pending: Iterable[Script]) -> dict[str, Script]:
    """Return those of pending revisions that wait, with merges of them, by their ids.

    A CommandError says it if the new code needs one, or what stands on it.
    """
    held: dict[str, Script] = {}
    for revision in pending:
        under = [held[each] for each in revision._all_down_revisions if each in held]
        contract, expand = (
            getattr(revision.module, each, False) for each in ("contract", "expand")
        )
        if contract and expand:
            message = f"{named(revision)} can't run beside the old code"
            raise CommandError(f"{message}: {GONE}")
        if under and not (contract or revision.is_merge_point):
            first = named(under[0])
            raise CommandError(f"{named(revision)} can't run before {first}: {GONE}")
        if under or contract:
            held[revision.revision] = revision
    return held


def named(revision: Script) -> str:
    """Return a revision's id and message."""
    return f"{revision.revision} ({revision.doc})"
