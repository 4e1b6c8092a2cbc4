"""What the rendered env.py imports, beside that of `alembic init`."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.util import load_python_file

import report
from databases import database
from measure import DRIVERS, Compare
from projects import Case, new_case

RUNS = 7


def milliseconds(case: Case, side: str) -> dict[str, float]:
    """Return the time of each module that `alembic upgrade head` imports, without its imports."""
    runs: dict[str, list[float]] = {}
    for _ in range(RUNS + 1):
        command = [sys.executable, "-X", "importtime", "-m", "alembic", "-c", case.ini[side]]
        result = subprocess.run(
            [*command, "upgrade", "head"],
            cwd=case.path,
            env=case.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        for self_us, name in re.findall(r"import time: +(\d+) \| +\d+ \| +(\S+)", result.stderr):
            runs.setdefault(name, []).append(int(self_us) / 1000)
    return {name: statistics.median(times[1:]) for name, times in runs.items()}


@pytest.mark.parametrize(("mode", "driver"), DRIVERS)
def bench_imports(mode: str, driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        case = new_case(tmp_path, url, mode)
        case.to_head()
        times = {side: milliseconds(case, side) for side in case.ini}
    for side, other in (("ours", "stock"), ("stock", "ours")):
        only = {name: ms for name, ms in times[side].items() if name not in times[other]}
        longest = sorted(only, key=lambda name: -only[name])[:6]
        values = {
            "driver": driver,
            "imported only by": side,
            "modules": len(only),
            "ms": round(sum(only.values()), 1),
            "the longest": ", ".join(f"`{name}` {only[name]:.1f}" for name in longest),
        }
        report.keep("startup", values, {})


def bench_files(tmp_path: Path, compare: Compare) -> None:
    with database("postgresql+psycopg", tmp_path) as url:
        case = new_case(tmp_path, url, "sync")
    migrations = case.versions["ours"].parent

    def load(name: str) -> float:
        load_python_file(migrations, name)
        return 0

    files = ("hooks.py", "database.py", "autogenerate.py")
    sys.path.insert(0, str(case.path / "src"))
    sides = {name: lambda name=name: load(name) for name in files}
    compare("files", {"": "load_python_file()"}, sides, base="")
    sys.path.remove(str(case.path / "src"))
