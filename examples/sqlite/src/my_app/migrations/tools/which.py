# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which revision a database is at, whatever its table of versions says."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError, load_python_file

HERE = Path(__file__).resolve().parent
NAMED = 20  # of the differences
catalogue = load_python_file(HERE, "catalogue.py")
scratch_database = load_python_file(HERE, "scratch.py")
environment = load_python_file(HERE, "environment.py")
ARGUMENTS: dict[str, dict[str, Any]] = scratch_database.ARGUMENTS


class Candidate(NamedTuple):
    """What the database would hold at these revisions."""

    revisions: tuple[str, ...]
    said: str  # with their messages
    missing: frozenset[str]  # in the database
    more: frozenset[str]

    @property
    def distance(self) -> int:
        """Return how many objects differ."""
        return len(self.missing) + len(self.more)


def which(config: Config, scratch: str | None = None) -> None:
    """Say which revision a database is at, by what it holds, and how to stamp it.

    It reads the database, and runs all revisions on another one that is empty.
    """
    scripts = ScriptDirectory.from_config(config)
    says, there = environment.read(config, scripts, look)
    if not any(each.startswith("table ") for each in there):
        raise CommandError("The database has no tables: run upgrade and not stamp")
    with scratch_database.empty_database(config, scratch):
        candidates = walk(config, there)
    nearest = min(candidates, key=lambda each: each.distance)
    for line in report(says, nearest, candidates):
        config.print_stdout("%s", line)


def look(
    heads: tuple[str, ...], migration: MigrationContext
) -> tuple[tuple[str, ...], set[str]]:
    """Return what a database says of itself, and what it holds."""
    return heads, catalogue.catalogue(migration, exact=False)


def walk(config: Config, there: set[str]) -> list[Candidate]:
    """Run all revisions once, and compare after each; the last one comes first."""
    scripts = ScriptDirectory.from_config(config)
    found: list[Candidate] = []

    def compare(ctx: MigrationContext, heads: set[str], **_: Any) -> None:
        made = catalogue.catalogue(ctx, exact=False)
        each = [cast("Any", scripts.get_revision(head)) for head in sorted(heads)]
        said = ", ".join(f"{head.revision} ({head.doc})" for head in each)
        revisions = tuple(head.revision for head in each)
        found.append(Candidate(revisions, said, frozenset(made - there), there - made))

    def upgrade(target: str, heads: Any, migration: MigrationContext) -> Any:
        migration.on_version_apply_callbacks += (compare,)
        return scripts._upgrade_revs(target, heads)

    squashed = [s for s in scripts.walk_revisions() if hasattr(s.module, "replaces")]
    # First by the replaced revisions: a database may be at one of them.
    for target in [*(each.module.replaces[0] for each in squashed), "heads"]:
        # As alembic.command.upgrade() does.
        options = {"as_sql": False, "starting_rev": None, "destination_rev": target}
        environment.run(config, scripts, partial(upgrade, target), **options)
    if not found:
        raise CommandError("There is no revision to compare with: write one")
    return found[::-1]


def report(
    says: tuple[str, ...], nearest: Candidate, candidates: list[Candidate]
) -> Iterator[str]:
    """Yield what was found."""
    yield f"The table of versions says: {', '.join(says) or 'nothing'}"
    count = nearest.distance or "no"
    yield f"Nearest is {nearest.said}, differences: {count}"
    differences = [f"  the database lacks {each}" for each in sorted(nearest.missing)]
    differences += [f"  only the database has {each}" for each in sorted(nearest.more)]
    yield from differences[:NAMED]
    if len(differences) > NAMED:
        yield f"  and {len(differences) - NAMED} more"
    for each in candidates:
        if each.distance == nearest.distance and each is not nearest:
            yield f"As near is {each.said}: what differs are rows, look at these"
    if {*says} == {*nearest.revisions}:
        yield "The table of versions is right"
    else:
        purge = "--purge " if says else ""
        yield f"To write it down: alembic stamp {purge}{' '.join(nearest.revisions)}"
