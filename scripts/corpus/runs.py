"""A package on a database, with each env.py in turn."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.corpus.course import Older
from scripts.corpus.packages import DRIVERS, Package
from scripts.corpus.projects import CreateAll, Ours, Project, Stock
from scripts.worker import Failure, Worker
from support.contents import contents, difference

PROJECTS: dict[str, Callable[[Worker, Path, str, Package], Project]] = {
    "create_all": CreateAll,
    "stock": Stock,
    "ours": Ours,
    "older": Older,
}
KINDS = ["stock", "ours", "older"]


@dataclass
class Result:
    """What became of a package on a database: stock, ours, or ours from an older form."""

    package: str
    database: str
    kind: str
    tables: int = 0
    step: str = ""  # that failed
    reason: str = ""
    unlike_create_all: str = ""
    seconds: float = 0.0


def run_package(package: Package, name: str, kinds: list[str], work: Path) -> list[Result]:
    """Take a package through the circle on a database, with each env.py, below `work`."""
    work.mkdir(exist_ok=True)
    results = []
    with Worker.of(package.python, work / f"{name}-worker.log") as worker:

        def project(kind: str) -> Project:
            return PROJECTS[kind](worker, work / f"{name}-{kind}", DRIVERS[name], package)

        baseline = project("create_all")
        try:
            with baseline.new_database() as url:
                baseline.make(url)
                created = contents(url)
        except Failure as failure:
            step, reason = failure.args
            return [Result(package.name, name, kind, 0, step, reason) for kind in kinds]
        for kind in kinds:
            circle, start = project(kind), time.monotonic()
            step, reason = circle.run()
            unlike = difference(created, circle.full) if circle.full else ""
            seconds = round(time.monotonic() - start, 1)
            results.append(
                Result(package.name, name, kind, circle.tables, step, reason, unlike, seconds)
            )
    return results
