"""Take rendered projects through the circle on each Python, Alembic and SQLAlchemy.

Each two of the three meet in an environment, kept in .venv/compat, and each environment takes
every driver around. A run of all of them writes docs/compatibility.md and .svg.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import shutil
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from scripts.circle import RENDERS, Circle
from scripts.compat.environments import COLUMNS, DRIVERS, PYTHONS, SHAPES, Environment, environments
from scripts.compat.page import PAGE, PICTURE, Row, page, picture, state
from scripts.running_servers import running_servers, runs, software
from scripts.worker import Worker, last_error
from support import template
from support.databases import missing_driver
from support.interpreters import interpreter


@dataclass
class Rendered(Circle):
    """A new project with these answers."""

    answers: dict[str, str]

    def make(self, _: URL) -> None:
        """Render it."""
        with RENDERS:
            template.render(self.folder, package="my_app", **self.answers)


def run(environment: Environment, work: Path) -> Row:
    """Take each driver around in the environment; `work` holds the projects."""
    row = Row(
        environment.release,
        environment.alembic.strip("=") or "newest",
        environment.sqlalchemy.strip("=") or "newest",
    )
    if not environment.python.exists() and not interpreter(environment.release):
        row.not_run = f"There was no Python {environment.release}."
        return row
    row.date = str(dt.datetime.now(tz=dt.UTC).date())
    if reason := environment.install():
        row.outcomes = {f"{mode} {driver}": f"install: {reason}" for mode, driver in DRIVERS}
        return row
    row.python = environment.ask("platform.python_version()")
    row.others = {"SQLite": environment.ask("sqlite3.sqlite_version"), **environment.versions}
    row.alembic, row.sqlalchemy = row.others.pop("alembic"), row.others.pop("sqlalchemy")
    if reason := lacks(environment):
        row.outcomes = {f"{mode} {driver}": f"internals: {reason}" for mode, driver in DRIVERS}
        return row
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for turn, (mode, driver) in enumerate(DRIVERS):
        if not runs(driver):
            continue
        shape = SHAPES[(environment.number + turn) % len(SHAPES)]
        outcome = go_around(environment, {"mode": mode, "driver": driver, **shape}, work)
        row.outcomes[f"{mode} {driver}"] = outcome
        print(f"{environment.name} {mode} {driver}: {outcome or 'closes'}", flush=True)
    return row


def lacks(environment: Environment) -> str:
    """Return which names of docs/alembic-internals.md are not there in the environment."""
    command = [environment.python, template.ROOT / "scripts" / "internals.py"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return last_error(result.stderr) if result.returncode else ""


def go_around(environment: Environment, answers: dict[str, str], work: Path) -> str:
    """Take a project with these answers around in the environment. Returns what failed."""
    name = f"{answers['mode']}-{answers['driver']}"
    log = work / f"{name}-worker.log"
    try:
        with Worker.of(environment.python, log) as worker:
            step, reason = Rendered(worker, work / name, answers["driver"], answers).run()
    except BrokenPipeError:  # the worker ended before it was asked
        return f"import: {last_error(log.read_text())}"
    return f"{step}: {reason}" if step else ""


def main() -> None:
    """Run the environments of all Pythons, or of those that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m scripts.compat", description=__doc__)
    parser.add_argument("pythons", nargs="*", metavar="python", help=f"of {PYTHONS}, default: all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    if unknown := set(arguments.pythons) - set(PYTHONS):
        parser.error(f"not of {', '.join(PYTHONS)}: {', '.join(sorted(unknown))}")
    pythons = arguments.pythons or PYTHONS
    chosen = [each for each in environments() if each.release in pythons]
    for _, driver in DRIVERS:
        missing_driver(driver)  # imports it, which threads may not do at once
    with running_servers(), ThreadPoolExecutor(arguments.jobs) as executor:
        rows = list(executor.map(lambda each: run(each, each.folder / "work"), chosen))
        if not arguments.pythons:
            PAGE.write_text(page(rows, ", ".join(software()[2:])))
            PICTURE.write_text(picture(rows))
    outcomes = Counter(state(row, driver) for row in rows for driver in COLUMNS)
    print(", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common()))


if __name__ == "__main__":
    main()
