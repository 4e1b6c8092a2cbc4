"""One server of each kind for the whole run, and the missing ones named at its end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import URL

import servers
from databases import database

ROOM = 2 << 30  # bytes for both servers and the databases of a run
STARTERS = {"postgresql": servers.start_postgresql, "mariadb": servers.start_mariadb}


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers in the main process: the workers inherit their URLs."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    for variable in ("DATABASE_URL", "MIGRATIONS_DATABASE_URL"):
        os.environ.pop(variable, None)  # a test must not touch the developer's database
    memory = Path("/dev/shm")  # noqa: S108 # faster than any disk, but small in containers
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > ROOM
    folder = tempfile.mkdtemp(prefix="copier-alembic-", dir=memory if roomy else None)
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))

    def start(kind: str) -> None:
        try:
            server = STARTERS[kind](Path(folder))
        except servers.Unavailable as error:
            os.environ[f"MISSING_{kind.upper()}"] = str(error)
        else:
            os.environ[servers.SERVER_VARIABLES[kind]] = server.url
            config.add_cleanup(server.stop)

    with ThreadPoolExecutor() as executor:
        list(executor.map(start, STARTERS))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was missing and how many tests it cost."""
    counts: dict[str, int] = {}
    for outcome in ("skipped", "failed"):
        for report in terminalreporter.getreports(outcome):
            text = str(
                report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
            )
            if "missing: " in text:
                reason = text.split("missing: ", 1)[1].strip()
                counts[reason] = counts.get(reason, 0) + 1
    for reason, count in sorted(counts.items()):
        terminalreporter.line(f"NOT RUN: {count} tests, because {reason}", red=True)


@pytest.fixture
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """Create an empty database for the driver that the test is parametrized with."""
    with database(request.param, tmp_path) as url:
        yield url
