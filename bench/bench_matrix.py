"""What a combination of tests/test_matrix.py takes, by step, and what all of them take."""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import pytest

import report
import test_matrix
from projects import processor_time
from support import template
from support.databases import database
from support.migrations import Project, new_project

DRIVERS = [
    ("sync", "sqlite+pysqlite"),
    ("sync", "postgresql+psycopg"),
    ("async", "postgresql+asyncpg"),
    ("sync", "mysql+pymysql"),
]
STEPS = {
    "render": (template, "render"),
    "autogenerate": (Project, "autogenerate"),
    "": (Project, "run"),  # called by its command
    "ruff on the revision": (test_matrix, "assert_well_formed"),
    "contents": (test_matrix, "contents"),
    "script on a database": (test_matrix, "run_script"),
}
WORKERS = 4
RUNS = 3


@dataclass
class Steps:
    """How often each step was taken, and its seconds of processor time."""

    times: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    inside: bool = False

    def measured(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as one that adds to its step, unless another step calls it."""

        def run(*arguments: Any, **options: Any) -> Any:
            if self.inside:
                return function(*arguments, **options)
            step = name or f"{arguments[1]}{' --sql' * bool(options.get('sql'))}"
            self.inside, before = True, used()
            try:
                return function(*arguments, **options)
            finally:
                self.inside = False
                self.times[step] += 1
                self.seconds[step] += used() - before

        return run


@pytest.mark.parametrize(("mode", "driver"), DRIVERS)
def bench_steps(
    mode: str,
    driver: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    steps = Steps()
    for name, (owner, attribute) in STEPS.items():
        monkeypatch.setattr(owner, attribute, steps.measured(name, getattr(owner, attribute)))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # as tests/conftest.py does
    rounds = max(3, round(request.config.getoption("--pairs") * 0.2))
    first = new_project(tmp_path / "first", mode=mode, driver=driver)

    def combination(folder: Path) -> None:
        folder.mkdir()
        with database(driver, folder) as url:
            path = template.render(folder / "my-app", **first.answers)
            test_matrix.close_the_circle(replace(first, path=path, url=url), folder)

    combination(tmp_path / "warm-up")
    gc.collect()  # what comes before it, in whichever step
    steps.times.clear()
    steps.seconds.clear()
    before = used()
    for number in range(rounds):
        combination(tmp_path / str(number))
    whole = used() - before
    steps.times["databases and the rest"] = rounds
    steps.seconds["databases and the rest"] = whole - sum(steps.seconds.values())
    rows = [*steps.seconds.most_common(), ("a combination", whole)]
    for step, seconds in rows:
        cells = {
            "times": steps.times[step] // rounds or 1,
            "processor time, ms": f"{seconds / rounds * 1000:.0f}",
        }
        report.keep("matrix", {"driver": driver, "step": step}, {}, cells=cells)


def bench_whole() -> None:
    command = [sys.executable, "-m", "pytest", "tests/test_matrix.py", f"--numprocesses={WORKERS}"]
    elapsed, processor = [], []
    for _ in range(RUNS):
        start = time.perf_counter()
        processor.append(processor_time(command, template.ROOT))
        elapsed.append(time.perf_counter() - start)
    row = {"combinations": len(test_matrix.NEW) + len(test_matrix.EXISTING), "workers": WORKERS}
    cells = {
        "runs": RUNS,
        "median, s": f"{median(elapsed):.0f}",
        "processor time, s": f"{median(processor):.0f}",
    }
    report.keep("whole", row, {}, cells=cells)


def used() -> float:
    """Return the seconds of processor time of this process and its children until now."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
