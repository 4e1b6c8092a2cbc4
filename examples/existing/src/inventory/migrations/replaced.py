# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Squashed revisions: an empty database runs the short way, others the one they began.

A squashed revision keeps the id of the last one that it `replaces`, so what a database
says of itself stays true. The files that it replaces stand in `replaced/`. A database
that has not passed it, or goes down again, finds them back in its place.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionError, RevisionMap
from alembic.util import CommandError, to_tuple

RELATIVE = re.compile(r"@?[+-]\d+$")
FOLDER = Path(__file__).resolve().parent / "replaced"


def put_back(migration: MigrationContext) -> None:
    """Have the command find the replaced revisions if this database needs them."""
    script = cast("ScriptDirectory", migration.script)
    found = cast("Any", migration._migrations_fn)

    def steps(heads: tuple[str, ...], context: MigrationContext) -> Iterator[Any]:
        short = script.revision_map
        script.revision_map = way(script, heads, migration.opts)
        try:
            yield from found(heads, context)
        finally:
            script.revision_map = short

    if migration.as_sql:  # where Alembic looks revisions up before it calls steps()
        start = to_tuple(migration.opts.get("starting_rev"), default=())
        script.revision_map = way(script, start, migration.opts)
    else:
        migration._migrations_fn = steps


def way(script: ScriptDirectory, heads: tuple[str, ...], opts: Any) -> RevisionMap:
    """Return the revisions by which a database at `heads` goes."""
    short = script.revision_map
    revisions = {each.revision: each for each in scripts_of(short)}
    squashed = [s for s in revisions.values() if hasattr(s.module, "replaces")]
    if not squashed or not needs_old(short, squashed, heads, opts):
        return short
    old = {each.revision: each for each in read(script)}
    for each in squashed:
        replaces = each.module.replaces
        if missing := [name for name in replaces if name not in old]:
            if lost := {*missing, *replaces} & {*heads}:
                raise CommandError(
                    f"The database is at {lost.pop()}, which {each.revision} replaces, "
                    f"and {missing[0]} is gone from {FOLDER.name}/: upgrade it with "
                    "the code that has it"
                )
            continue
        revisions |= {name: old[name] for name in replaces}
    # New ones: a Script knows its children, which are others now.
    made = [Script(s.module, s.revision, s.path) for s in revisions.values()]
    return RevisionMap(lambda: made)


def needs_old(
    short: RevisionMap, squashed: list[Script], heads: tuple[str, ...], opts: Any
) -> bool:
    """Return whether a database at `heads` goes by the replaced revisions."""
    targets = map(str, to_tuple(opts.get("destination_rev"), default=()))
    try:
        for target in targets:
            short.get_revisions(RELATIVE.sub("", target) or "base")
        there = [each for each in short.get_revisions(heads) if each]
    except RevisionError:
        return True
    passed = {*short._get_ancestor_nodes(there)}
    down = opts["fn"].__name__ == "downgrade"
    return bool(there) and (down or not passed.issuperset(squashed))


def scripts_of(revisions: RevisionMap) -> list[Script]:
    """Return the revisions, none of them twice: branches have names there too."""
    found = revisions._revision_map.values()
    return [*dict.fromkeys(cast("Script", each) for each in found if each)]


@cache
def read(script: ScriptDirectory) -> list[Script]:
    """Return the replaced revisions."""
    files = sorted(FOLDER.glob("*.py"))
    return [each for file in files if (each := Script._from_path(script, file))]
