"""Start projects from every commit, edit them as users do, and update them to the work tree.

Arguments are commits, all by default. A run of all writes docs/updates.md.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import io
import itertools
import os
import sys
import tempfile
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import copier
import yaml

from support import compiled, template
from support.edits import (
    EDITS,
    assert_update_keeps_its_promise,
    history,
    release_history,
    started,
)
from support.repositories import git

DOCUMENT = template.ROOT / "docs" / "updates.md"

HEAD = """\
<!-- Written by scripts/update_history.py: `make update-history` runs it. -->
# Updates

A project is started from each commit that changed what is rendered, for each database in each mode,
new and existing; layout, placement, directory, configuration and kind of models take turns. Then a
user comes:

{edits}

`copier update` brings it to the work tree. An update is clean if it has no conflict, every file of
the user's is as it was, byte for byte, every file of the template's is that of a fresh render, what
was deleted stays deleted, and on SQLite the revisions and `check` do what they did before, on the
old database and on a new one.

`f5ea58d` and `ad0f866` are left out: what they render did not work, until the next commit.

Run on {date} with Copier {copier}: {clean} of {updates} updates are clean.

| commit | what it did | updates | clean |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Case:
    """An update: from which commit, its place in the history, and with which answers."""

    commit: str
    number: int
    answers: dict[str, str]


def cases() -> list[Case]:
    """Return each database in each mode for each commit; the other answers take turns."""
    databases: dict[tuple[str, str], str] = {}
    for mode, driver in template.MODES_AND_DRIVERS:
        databases.setdefault((mode, driver.split("+")[0]), driver)
    shapes = itertools.cycle(
        itertools.product(
            template.choices("layout"),
            template.choices("placement"),
            template.DIRECTORIES,
            template.choices("config", project="new"),
        )
    )
    models = itertools.cycle(template.choices("models"))
    found = []
    for number, commit in enumerate(history()):
        known = yaml.safe_load(git(template.ROOT, "show", f"{commit}:copier.yml"))
        for (mode, _), driver in databases.items():
            layout, placement, directory, config = next(shapes)
            common = {
                "layout": layout,
                "mode": mode,
                "driver": driver,
                "directory": directory,
                "placement": placement,
            }
            new = {"project": "new", "config": config, **common}
            if "models" in known:
                new["models"] = next(models)
            existing = {"project": "existing", "config": "alembic.ini", **common}
            found += [Case(commit, number, answers) for answers in (new, existing)]
    return found


def failure(case: Case, repository: Path) -> str:
    """Run an update and return what is wrong with it, or nothing."""
    output = io.StringIO()
    with (
        tempfile.TemporaryDirectory(dir=repository.parent) as folder,
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(output),
    ):
        try:
            project = started(repository, f"0.0.{case.number}", Path(folder), **case.answers)
            for edit in EDITS:
                edit(project)
            assert_update_keeps_its_promise(project, "1.0.0")
        except Exception:  # noqa: BLE001 # whatever it is, the others go on
            return traceback.format_exc()
    return ""


def run(chosen: list[Case], jobs: int | None) -> list[str]:
    """Run the updates in processes, show those that fail, and return what is wrong with each."""
    # A cached module is known by its seconds and bytes, and models change within a second.
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    compiled.keep()
    for variable in ("DATABASE_URL", "MIGRATIONS_DATABASE_URL"):
        os.environ.pop(variable, None)
    memory = Path("/dev/shm")  # noqa: S108 # four times as fast
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        os.environ["TMPDIR"] = tempfile.tempdir = folder  # Copier's own copies too
        repository = Path(folder) / "template"
        release_history(repository)
        failures = []
        with ProcessPoolExecutor(jobs) as executor:
            results = executor.map(partial(failure, repository=repository), chosen)
            for case, wrong in zip(chosen, results, strict=True):
                failures.append(wrong)
                if wrong:
                    print(
                        f"FAILED {case.commit[:7]} {template.name(case.answers)}\n{wrong}",
                        flush=True,
                    )
    return failures


def table(chosen: list[Case], failures: list[str]) -> str:
    """Return a line for each commit: how many updates from it there were, and how many clean."""
    updates = Counter(case.commit for case in chosen)
    failed = Counter(case.commit for case, wrong in zip(chosen, failures, strict=True) if wrong)
    lines = []
    for commit, count in updates.items():
        subject = git(template.ROOT, "log", "-1", "--format=%s", commit).strip()
        lines.append(f"| `{commit[:7]}` | {subject} | {count} | {count - failed[commit]} |\n")
    return "".join(lines)


def main() -> None:
    """Run the updates from all commits, or from those of the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commits", nargs="*", metavar="commit")
    parser.add_argument("--jobs", type=int, help="processes, default: one for each processor")
    arguments = parser.parse_args()
    commits = tuple(arguments.commits)
    chosen = [case for case in cases() if not commits or case.commit.startswith(commits)]
    failures = run(chosen, arguments.jobs)
    clean = failures.count("")
    print(table(chosen, failures) + f"{clean} of {len(chosen)} updates are clean")
    if not commits:
        head = HEAD.format(
            edits="\n".join(f"- {(edit.__doc__ or '').strip()}" for edit in EDITS),
            date=dt.datetime.now(tz=dt.UTC).date(),
            copier=copier.__version__,
            clean=clean,
            updates=len(chosen),
        )
        DOCUMENT.write_text(head + table(chosen, failures))
    sys.exit(clean < len(chosen))


if __name__ == "__main__":
    main()
