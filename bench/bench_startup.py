"""What the rendered env.py imports, beside that of `alembic init`."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic.util import load_python_file

import report
from measure import DRIVERS
from projects import Case, new_case
from support.databases import database

RUNS = 7
LOADS = 200

# As `python -m alembic`, and then the modules: importlib.import_module() isn't in importtime.
PROGRAM = """\
import sys
from alembic.config import main
try:
    main(sys.argv[1:])
finally:
    for name in list(sys.modules):
        print("module:", name, file=sys.stderr)
"""


def imports(case: Case, side: str) -> dict[str, float]:
    """Return what `alembic upgrade head` imports, and the milliseconds of each by itself."""
    runs: list[dict[str, float]] = []
    for _ in range(RUNS + 1):
        command = [sys.executable, "-X", "importtime", "-c", PROGRAM, "-c", case.ini[side]]
        result = subprocess.run(
            [*command, "upgrade", "head"],
            cwd=case.path,
            env=case.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        timed = re.findall(r"import time: +(\d+) \| +\d+ \| +(\S+)", result.stderr)
        times = {name: int(microseconds) / 1000 for microseconds, name in timed}
        names = re.findall(r"^module: (\S+)$", result.stderr, flags=re.MULTILINE)
        runs.append({name: times.get(name, 0) for name in names})
    del runs[0]  # it compiled
    return {name: statistics.median(run.get(name, 0) for run in runs) for name in runs[-1]}


@pytest.mark.parametrize(("mode", "driver"), DRIVERS)
def bench_imports(mode: str, driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        case = new_case(tmp_path, url, mode)
        case.to_head()
        imported = {side: imports(case, side) for side in case.ini}
    for side, other in (("ours", "stock"), ("stock", "ours")):
        only = {name: ms for name, ms in imported[side].items() if name not in imported[other]}
        longest = sorted(only, key=lambda name: -only[name])[:6]
        cells = {
            "modules": len(only),
            "ms": round(sum(only.values()), 1),
            "the longest": ", ".join(f"`{name}` {only[name]:.1f}" for name in longest),
        }
        report.keep("startup", {"driver": driver, "imported only by": side}, {}, cells=cells)


def bench_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Load each file in turn; what it imports is loaded already."""
    with database("postgresql+psycopg", tmp_path) as url:
        case = new_case(tmp_path, url, "sync")
    migrations = case.versions["ours"].parent
    monkeypatch.syspath_prepend(case.path / "src")
    microseconds: dict[str, list[float]] = {
        name: [] for name in ("hooks.py", "database.py", "autogenerate.py")
    }
    for _ in range(LOADS + 1):
        for name, times in microseconds.items():
            for module in [name for name in sys.modules if name.startswith("migrations_")]:
                del sys.modules[module]  # autogenerate.py imports its rooms once in a process
            start = time.perf_counter()
            load_python_file(migrations, name)
            times.append((time.perf_counter() - start) * 1e6)
    for name, times in microseconds.items():
        cells = {"median, µs": round(statistics.median(times[1:])), "loads": LOADS}
        report.keep("files", {"load_python_file()": name}, {}, cells=cells)
