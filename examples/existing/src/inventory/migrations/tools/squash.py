# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""One revision in place of all up to one of them, and the proof that it does the same.

It is written by autogenerate, from a scratch database that all of them made, and keeps
the id of the last. The files that it replaces move to `replaced/`, where databases that
are on their way find them (replaced.py).
"""

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError, load_python_file

HERE = Path(__file__).resolve().parent
NAMED = 5  # of the differences
# What may do more than an empty database shows.
UNSEEN = {"backfill", "bulk_insert", "exec_driver_sql", "execute", "get_bind"}

replaced = load_python_file(HERE.parent, "replaced.py")
scratch_database = load_python_file(HERE, "scratch.py")
environment = load_python_file(HERE, "environment.py")
ARGUMENTS: dict[str, dict[str, Any]] = {
    **scratch_database.ARGUMENTS,
    "--prove": {
        "dest": "task",
        "action": "store_const",
        "const": "prove",
        "help": "Write nothing, prove what is written",
    },
    "--needed": {
        "dest": "task",
        "action": "store_const",
        "const": "needed",
        "help": "Ask whether the database still needs the files that are replaced",
    },
}


def squash(
    config: Config,
    revision: str,
    scratch: str | None = None,
    task: str | None = None,
) -> None:
    """Write one revision in place of all up to this one, and prove it equal."""
    scripts = ScriptDirectory.from_config(config)
    last = scripts.get_revision(revision)
    if not last:
        raise CommandError(f"{revision} is no revision: name one of alembic history")
    if task == "needed":
        require_passed(config, last)
        return
    if task != "prove":
        write(config, scripts, last, scratch)
    prove_squashed(config, last.revision, scratch)


def write(
    config: Config, scripts: ScriptDirectory, last: Script, scratch: str | None
) -> None:
    """Write the revision, and move the files of those that it replaces."""
    found = up_to(scripts, last)
    old = {each.revision for each in replaced.read(scripts)}
    names: list[str] = []
    for each in found:
        before = getattr(each.module, "replaces", ())
        names += before if before and old.issuperset(before) else [each.revision]
    with scratch_database.empty_database(config, scratch):
        scratch_database.upgrade(config, last.revision)
        written = scratch_database.autogenerate(config, found, names, [*notes(found)])
    with moved([each for each in found if each.revision not in old], found):
        path = scratch_database.write(written)
    config.print_stdout("%s", f"{path} replaces {len(names)} revisions")


def prove_squashed(config: Config, revision: str, scratch: str | None) -> None:
    """Go both ways on a scratch database, and compare what it then holds."""
    scripts = ScriptDirectory.from_config(config)
    squashed = scripts.get_revision(revision)
    names = getattr(squashed and squashed.module, "replaces", None)
    if not squashed or not names:
        raise CommandError(f"Revision {revision} replaces no others")
    with scratch_database.empty_database(config, scratch):
        scratch_database.upgrade(config, names[0])  # then the old ones are the way
        scratch_database.upgrade(config, squashed.revision)
        long, its_rows = scratch_database.contents(config)
    with scratch_database.empty_database(config, scratch):
        scratch_database.upgrade(config, squashed.revision)
        short, rows = scratch_database.contents(config)
    if long != short:
        lacks = [f"It lacks {each}." for each in sorted(long - short)[:NAMED]]
        more = [f"It has {each}." for each in sorted(short - long)[:NAMED]]
        raise CommandError(
            f"The new revision makes another database. {' '.join([*lacks, *more])} "
            f"Mend {squashed.path}, then run squash --prove {squashed.revision}"
        )
    config.print_stdout("%s", f"Both ways make the same {len(long)} objects")
    for name in (name for name in rows if rows[name] != its_rows[name]):
        config.print_stdout("%s", f"Not proven: rows of {name} differ in values")
    for note in notes(s for s in replaced.read(scripts) if s.revision in names):
        config.print_stdout("%s", f"Not proven, of rows that are there: {note}")


def require_passed(config: Config, squashed: Script) -> None:
    """Raise a CommandError if this database is on its way to the squashed revision."""
    scripts = ScriptDirectory.from_config(config)

    def ask(heads: tuple[str, ...], _: MigrationContext) -> None:
        there = scripts.get_revisions(heads)
        passed = {s.revision for s in scripts.revision_map._get_ancestor_nodes(there)}
        if heads and squashed.revision not in passed:
            raise CommandError(
                f"The database is at {', '.join(heads)}: it needs "
                f"{replaced.FOLDER.name}/ to come to head"
            )
        config.print_stdout("%s", f"It no longer needs {replaced.FOLDER.name}/")

    environment.read(config, scripts, ask)


def up_to(scripts: ScriptDirectory, last: Script) -> list[Script]:
    """Return the revisions to replace, in their order."""
    found = [*scripts.iterate_revisions(last.revision, "base", inclusive=True)]
    found.reverse()
    names = {each.revision for each in found}
    for each in scripts.walk_revisions():
        parents = {*each._all_down_revisions} & names - {last.revision}
        if each.revision not in names and parents:
            raise CommandError(
                f"{each.revision} goes on from {parents.pop()}, which would be gone: "
                f"squash up to that, or merge it before {last.revision}"
            )
    if len(found) == 1:
        raise CommandError(f"{last.revision} is the first: there is nothing to squash")
    return found


@contextmanager
def moved(kept: list[Script], found: list[Script]) -> Iterator[None]:
    """Move files to `replaced/`, and all back if the new one can't be written.

    One that replaces others itself is not kept where these are: git has it.
    """
    replaced.FOLDER.mkdir(exist_ok=True)
    contents = {Path(each.path): Path(each.path).read_bytes() for each in found}
    try:
        for each in kept:
            target = replaced.FOLDER / Path(each.path).name
            target.write_bytes(contents[Path(each.path)])
        for file in contents:
            file.unlink()
        yield
    except BaseException:
        for file, content in contents.items():
            file.write_bytes(content)
        for each in kept:
            (replaced.FOLDER / Path(each.path).name).unlink(missing_ok=True)
        raise


def notes(revisions: Iterable[Script]) -> Iterator[str]:
    """Yield the statements of upgrades that do what no comparison sees."""
    for each in revisions:
        source = Path(each.path).read_text("utf-8")
        for function in ast.parse(source).body:
            if getattr(function, "name", "") != "upgrade":
                continue
            for statement in getattr(function, "body", ()):
                said = {getattr(node, "attr", "") for node in ast.walk(statement)}
                if said & UNSEEN:
                    text = ast.get_source_segment(source, statement)
                    yield f"{each.revision}: {text}"
