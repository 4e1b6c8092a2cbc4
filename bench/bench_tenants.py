"""Many tenants with a schema each, beside a loop of command lines and beside the DDL alone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psycopg
import pytest
from sqlalchemy.schema import CreateSchema

import report
from bench_traffic import conninfo, copy_of
from projects import Case, new_case
from support.databases import database, plain_engine

SIZES = [100, 1000, 5000]
WORKERS = [1, 2, 4]
SAMPLE = 20  # of the tenants that the loop runs for
RUNS = 0.3  # of --pairs
FASTER = 40  # times the loop, with one worker
FLOOR = 3  # times the driver's time for the same DDL, with one worker
NOTHING = 2  # seconds for a thousand tenants that have nothing to do
LINEAR = 1.1  # times what a tenant takes where there are fewer
ENOUGH = 1000  # tenants, from which on Python's start is a small part
each_before: dict[int, float] = {}  # seconds of a tenant by workers, at the size before


@dataclass
class Runs:
    """The seconds of each run, and the most memory that a process had, in MB."""

    upgrade: list[float] = field(default_factory=list)
    nothing: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


@pytest.fixture(scope="module", params=SIZES)
def case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Case]:
    """Make a project with the starter's models and a database with so many empty schemas."""
    folder = tmp_path_factory.mktemp("tenants")
    with database("postgresql+psycopg", folder) as url:
        case = new_case(folder, url, "sync", tenants="schemas")
        case.write_first_revision()
        case.size = request.param
        engine = plain_engine(url)
        for name in names(case.size):
            with engine.begin() as connection:  # or the server's table of locks is full
                connection.execute(CreateSchema(name))
        engine.dispose()
        yield case


@pytest.fixture(scope="module")
def loop(case: Case) -> float:
    """Return the seconds of a tenant in a loop of `alembic upgrade head` with stock's env.py."""
    sample = names(case.size)[:: max(1, case.size // SAMPLE)][:SAMPLE]
    with copy_of(case):
        begun = time.monotonic()
        for name in sample:
            finish(case, "stock.ini", "upgrade", "head", PGOPTIONS=f"-csearch_path={name}")
        return (time.monotonic() - begun) / len(sample)


@pytest.fixture(scope="module")
def floor(case: Case) -> float:
    """Return the seconds of a tenant for the same DDL by the driver, a transaction for each."""
    first, *_ = names(case.size)
    sql = finish(case, "alembic.ini", "-x", f"tenant={first}", "upgrade", "tenants@head", "--sql")
    left_out = ("BEGIN", "COMMIT", "RESET")
    parts = [part.strip() for part in Path(sql.output).read_text().split(";")]
    statements = [part for part in parts if part and not part.startswith(left_out)]
    assert len(statements) > 3, statements
    with copy_of(case), psycopg.connect(conninfo(case), autocommit=True) as connection:
        begun = time.monotonic()
        for name in names(case.size):
            with connection.transaction():
                for statement in statements:
                    connection.execute(statement.replace(first, name).encode())
        return (time.monotonic() - begun) / case.size


@dataclass
class Finished:
    """A command line that has ended well."""

    seconds: float
    memory: float  # MB
    output: str


def names(count: int) -> list[str]:
    """Return the tenants' names."""
    return [f"tenant_{number:05}" for number in range(count)]


def finish(case: Case, ini: str, *arguments: str, **environment: str) -> Finished:
    """Run a command line, and say how long it took."""
    output = case.path / "output"
    begun = time.monotonic()
    with (
        output.open("w") as file,
        subprocess.Popen(
            [sys.executable, "-m", "alembic", "-c", ini, *arguments],
            cwd=case.path,
            env=case.environment | environment,
            stdout=file,
            stderr=subprocess.DEVNULL,
        ) as process,
    ):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, output.read_text()
    return Finished(time.monotonic() - begun, usage.ru_maxrss / 1024, str(output))


@pytest.mark.parametrize("workers", WORKERS)
def bench_tenants(
    workers: int, case: Case, loop: float, floor: float, request: pytest.FixtureRequest
) -> None:
    command = ("-x", f"workers={workers}", "upgrade", "head")
    runs = Runs()
    for _ in range(max(3, round(request.config.getoption("--pairs") * RUNS))):
        with copy_of(case):
            first = finish(case, "alembic.ini", *command)
            assert f" {case.size} done, 0 skipped" in Path(first.output).read_text()
            again = finish(case, "alembic.ini", *command)
            assert f" 0 done, {case.size} skipped" in Path(again.output).read_text()
        runs.upgrade.append(round(first.seconds, 3))
        runs.nothing.append(round(again.seconds, 3))
        runs.memory.append(first.memory)
    row = {"tenants": case.size, "workers": workers}
    report.keep("tenants", row, {}, cells=cells(case.size, workers, runs, loop, floor))


def cells(size: int, workers: int, runs: Runs, loop: float, floor: float) -> dict[str, object]:
    """Return the figures of a row, and whether they are good."""
    upgrade, nothing = median(runs.upgrade), median(runs.nothing)
    each = upgrade / size
    goals = {f"linear (at most {LINEAR} times)": each <= LINEAR * each_before.get(workers, each)}
    each_before[workers] = each
    if size <= ENOUGH:
        goals[f"nothing to do in {NOTHING} s"] = nothing < NOTHING
    if size >= ENOUGH and workers == 1:
        goals[f"{FASTER} times the loop"] = loop / each >= FASTER
        goals[f"{FLOOR} times the floor"] = each / floor <= FLOOR
    missed = [name for name, met in goals.items() if not met]
    return {
        "upgrade, s": f"{upgrade:.1f}",
        "a tenant, ms": f"{each * 1000:.2f}",
        "in the loop, ms": f"{loop * 1000:.0f}",
        "faster than the loop": f"{loop / each:.0f} times",
        "the DDL alone, ms": f"{floor * 1000:.2f}",
        "times the DDL": f"{each / floor:.2f}",
        "nothing to do, s": f"{nothing:.2f}",
        "memory, MB": f"{max(runs.memory):.0f}",
        "runs": len(runs.upgrade),
        "goals": f"**missed**: {', '.join(missed)}" if missed else "met",
    }
