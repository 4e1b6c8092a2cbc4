"""Where the time goes, by cProfile.

A function's time is its own, without that of what it calls; `isinstance()` and its like count as
Python's. Garbage collection's time falls to whoever allocates when it starts. What Python does
before `import alembic` and after the command, where `gc.freeze()` saves most, is in no profile.
"""

from __future__ import annotations

import pstats
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import report
from bench_history import case as history  # noqa: F401 # a fixture
from bench_tables import case as tables  # noqa: F401 # a fixture
from projects import Case

RUNS = 2
# As `python -m cProfile`, which has no failing exit status.
PROFILED = """\
import cProfile, sys
file, profile = sys.argv.pop(1), cProfile.Profile()
try:
    profile.run("from alembic.config import main; main()")
finally:
    profile.dump_stats(file)
"""
# What is in the name of a function's file or, if it is written in C, in its own.
PLACES = {
    "SQLAlchemy": [
        "/site-packages/sqlalchemy/",
        "<sqlalchemy ",
        "'sqlalchemy.",
        "method sqlalchemy.",
    ],
    "Alembic": ["/site-packages/alembic/"],
    "the driver and the server": ["/site-packages/psycopg", "psycopg_", "sqlite3.", "'poll' of"],
    "migrations": [],  # these are the case's
    "the models": [],
    "the file system": [
        *("/pathlib.py", "genericpath", "posixpath", "<frozen os>", "/os.py"),
        *("method posix.", "method io.open", "of '_io."),
    ],
    "importing": ["importlib", "/zipimport", "marshal.loads", "method _imp."],
    "Python, other": [""],
}


def place(case: Case, file: str, name: str) -> str:
    """Return where a function is."""
    path = case.path / file
    if any(path.is_relative_to(folder.parent) for folder in case.versions.values()):
        return "migrations"
    if path.is_relative_to(case.path / "src"):
        return "the models"
    where = name if file == "~" else file
    return next(to for to, parts in PLACES.items() if any(part in where for part in parts))


def profile(case: Case, side: str, arguments: list[str], file: Path) -> pstats.Stats:
    """Run `alembic` under cProfile and return what it says."""
    command = [sys.executable, "-c", PROFILED, file, "-c", case.ini[side], *arguments]
    subprocess.run(command, cwd=case.path, env=case.environment, check=True, capture_output=True)
    return pstats.Stats(str(file))


def keep(case: Case, what: str, *arguments: str, before: Callable[[], None] = lambda: None) -> None:
    """Keep where the time goes on each side, by the fastest run."""
    command = f"`{' '.join(arguments)}`, {what}, {case.url.drivername}"
    for side, run in case.commands(*arguments).items():
        before()
        run()  # writes the bytecode
        profiles = []
        for number in range(RUNS):
            before()
            profiles.append(profile(case, side, [*arguments], case.path / f"{number}.profile"))
        fastest = min(profiles, key=lambda each: each.total_tt)
        seconds = dict.fromkeys(PLACES, 0.0)
        for (file, _, name), (_, _, own, _, _) in fastest.stats.items():
            seconds[place(case, file, name)] += own
        total = sum(seconds.values())
        cells = {where: f"{own / total:.0%}" for where, own in seconds.items()}
        cells["s under cProfile"] = f"{total:.2f}"
        report.keep("profile", {"command": command, "side": side}, {}, cells=cells)


@pytest.mark.parametrize("tables", [1000], indirect=True)
def bench_check(tables: Case) -> None:  # noqa: F811
    keep(tables, f"{tables.size} tables", "check")


@pytest.mark.parametrize("history", [("sqlite+pysqlite", 5000)], indirect=True)
def bench_nothing_to_do(history: Case) -> None:  # noqa: F811
    keep(history, f"nothing to do, {history.size} revisions", "upgrade", "head")


@pytest.mark.parametrize(
    "history", [("sqlite+pysqlite", 1000), ("postgresql+psycopg", 1000)], indirect=True
)
def bench_from_empty(history: Case) -> None:  # noqa: F811
    what = f"from empty, {history.size} revisions"
    keep(history, what, "upgrade", "head", before=history.clear)
