"""The steps of tests/test_matrix.py, in processor time of this process and its children."""

from __future__ import annotations

import itertools
import resource
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import template
import test_matrix
from databases import catalogue_of, database, run_script
from measure import Compare
from migrations import Project, new_project
from projects import processor_time

DRIVERS = [
    ("sync", "sqlite+pysqlite"),
    ("sync", "postgresql+psycopg"),
    ("async", "postgresql+asyncpg"),
    ("sync", "mysql+pymysql"),
]


@pytest.mark.parametrize(("mode", "driver"), DRIVERS)
def bench_steps(mode: str, driver: str, tmp_path: Path, compare: Compare) -> None:
    numbers = itertools.count()
    project: list[Project] = []
    script: list[str] = []

    with database(driver, tmp_path) as url:
        first = new_project(tmp_path / "first", url, mode=mode, driver=driver)

        def render() -> None:
            path = tmp_path / str(next(numbers)) / "my-app"
            project[:] = [replace(first, path=template.render(path, **first.answers))]

        def run_sql() -> None:
            with database(driver, tmp_path) as offline_url:
                run_script(offline_url, script[0])

        steps: dict[str, Callable[[], object]] = {
            "render": render,
            "autogenerate": lambda: project[0].autogenerate("tables"),
            "ruff on the revision": lambda: test_matrix.assert_well_formed(project[0].revisions[0]),
            "upgrade": lambda: project[0].run("upgrade", "head"),
            "catalogue": lambda: catalogue_of(url),
            "check": lambda: project[0].run("check"),
            "upgrade --sql": lambda: script.insert(0, project[0].run("upgrade", "head", sql=True)),
            "database for the script": run_sql,
            "downgrade": lambda: project[0].run("downgrade", "base"),
        }
        sides = {name: timed(step) for name, step in steps.items()}
        row = {"driver": driver}
        compare("matrix", row, sides, share=0.5, turning=False, base="")


def bench_whole(compare: Compare) -> None:
    command = [sys.executable, "-m", "pytest", "tests/test_matrix.py", "--numprocesses=4"]
    sides = {"with 4 workers": lambda: processor_time(command, template.ROOT)}
    row = {"combinations": len(test_matrix.NEW) + len(test_matrix.EXISTING)}
    compare("whole", row, sides, share=0, base="")


def timed(step: Callable[[], object]) -> Callable[[], float]:
    """Return the step as a function that returns its processor time in seconds."""

    def run() -> float:
        before = used()
        step()
        return used() - before

    return run


def used() -> float:
    """Return the seconds of processor time of this process and its children until now."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
