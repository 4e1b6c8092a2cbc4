"""The servers and the options of a run, and its report."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

import report
from measure import compare  # noqa: F401 # a fixture
from support import servers


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what a run of the benchmarks may be told."""
    parser.addoption("--pairs", type=int, default=10, help="runs of each side (default: 10)")
    parser.addoption("--write", action="store_true", help="write docs/benchmarks.md")


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers; their data are in memory where there is some."""
    if config.option.collectonly:
        return
    for variable in ("DATABASE_URL", "MIGRATIONS_DATABASE_URL", "PYTHONDONTWRITEBYTECODE"):
        os.environ.pop(variable, None)
    sys.dont_write_bytecode = False
    memory = Path("/dev/shm")  # noqa: S108 # a disk's noise is not what is measured
    folder = tempfile.mkdtemp(prefix="bench-", dir=memory if memory.is_dir() else None)
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ["TMPDIR"] = tempfile.tempdir = folder  # of SQLite's files, Copier and git too
    for kind in ("postgresql", "mariadb"):
        server = servers.STARTERS[kind](Path(folder))
        config.add_cleanup(server.stop)
        os.environ[servers.variable(kind)] = server.url


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the report of what was measured."""
    if session.config.getoption("--write"):
        report.write(whole=not session.config.option.keyword)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables of what was measured."""
    terminalreporter.line(report.text())
