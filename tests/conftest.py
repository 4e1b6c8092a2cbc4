"""One server of each kind for the whole run, and the missing ones named at its end."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

import pytest
from _pytest.assertion.rewrite import AssertionRewritingHook
from hypothesis import given
from hypothesis.strategies import none
from sqlalchemy import URL, Computed
from sqlalchemy.ext.compiler import deregister

from support import compiled, servers
from support.databases import database, until_the_end
from support.migrations import Project
from support.processes import Start, Upgrade

ROOM = 2 << 30  # bytes for the servers and the databases of a run
# Files whose tests wait nearly all of their time, and tests that take twenty seconds. They come
# first: at the end of a run the cores would have nothing else to do.
WAITING = ("lock", "lock_retry", "lock_timeout", "lost_connection", "pgbouncer")
LONG = ("picker", "update")


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers in the main process: the workers inherit their URLs."""
    sys.dont_write_bytecode = False  # of the tests: to rewrite their asserts takes a second
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.environ["RAYON_NUM_THREADS"] = "1"  # ruff has one file to read
    # To search for garbage this often takes 4% less of a processor than ten times as often, for
    # some hundred MB: each command leaves modules and tables that know each other.
    gc.set_threshold(1_000_000)
    compiled.keep()
    # It ends PgBouncer, which would go on ignoring it in a run in the background: ten seconds each.
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    for variable in ("DATABASE_URL", "MIGRATIONS_DATABASE_URL"):
        os.environ.pop(variable, None)  # a test must not touch the developer's database
    memory = Path("/dev/shm")  # noqa: S108 # faster than any disk, but small in containers
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > ROOM
    folder = tempfile.mkdtemp(prefix="copier-alembic-", dir=memory if roomy else None)
    # After -100, when multiprocessing removes its own one in it.
    Finalize(None, shutil.rmtree, (folder,), {"ignore_errors": True}, exitpriority=-200)
    os.environ["TMPDIR"] = tempfile.tempdir = folder  # of Copier and git too
    os.environ["EXTENSIONS_FILE"] = f"{folder}/extensions.json"
    os.environ["RENDERED_PROJECTS"] = f"{folder}/rendered"
    Path(os.environ["RENDERED_PROJECTS"]).mkdir()
    leave_out_upkeep_of_git()
    with ThreadPoolExecutor() as executor:
        list(executor.map(partial(start, config), ("postgresql", "mariadb", "mysql")))
    if postgresql := os.environ.get(servers.variable("postgresql")):
        start(config, "pgbouncer", postgresql)
    else:
        os.environ["MISSING_PGBOUNCER"] = os.environ["MISSING_POSTGRESQL"]


def leave_out_upkeep_of_git() -> None:
    """Have git do nothing that pays later: a test's repository is gone within seconds."""
    settings = {"maintenance.auto": "false", "core.compression": "0"}
    there = int(os.environ.get("GIT_CONFIG_COUNT", "0"))
    for number, (name, value) in enumerate(settings.items(), there):
        os.environ |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    os.environ["GIT_CONFIG_COUNT"] = str(there + len(settings))
    os.environ["GIT_TEMPLATE_DIR"] = ""  # the samples of hooks


def start(config: pytest.Config, kind: str, *arguments: str) -> None:
    """Start a server until the run ends, and put its URL into the environment."""
    try:
        server = servers.STARTERS[kind](Path(tempfile.gettempdir()), *arguments)
    except servers.Unavailable as error:
        os.environ[f"MISSING_{kind.upper()}"] = str(error)
    else:
        os.environ[servers.variable(kind)] = server.url
        config.add_cleanup(server.stop)


def start_extensions(config: pytest.Config, tests: Iterable[str]) -> None:
    """Start the server with extensions if a test needs it, and tell the workers."""
    told = Path(os.environ["EXTENSIONS_FILE"])
    if not told.exists() and any("extensions" in test for test in tests):
        start(config, "extensions")
        names = {servers.variable("extensions"), "MISSING_EXTENSIONS"}
        told.write_text(json.dumps({name: os.environ[name] for name in names & {*os.environ}}))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Have more workers than cores: half of a worker's time it waits, for a lock or a server."""
    cores = os.cpu_count() or 1
    return cores + min(cores, 4)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run first what takes long without much work."""
    first = {f"test_{name}" for name in (*LONG, *WAITING)}
    items.sort(key=lambda item: item.path.stem not in first)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    """Before any worker runs a test."""
    start_extensions(node.config, ids)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Search what is there by now for garbage no more; in a run without workers, start servers."""
    given(none())(lambda _: None)()  # Hypothesis searches at its first use, now in little
    gc.freeze()
    # No test is imported from here on, and to rewrite asserts pytest looks at all that is.
    finders = [each for each in sys.meta_path if not isinstance(each, AssertionRewritingHook)]
    sys.meta_path[:] = finders
    # A cached module is known by its seconds and bytes, and tests change one within a second.
    sys.dont_write_bytecode = True
    config = session.config
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        start_extensions(config, [item.nodeid for item in session.items])


def pytest_sessionfinish() -> None:
    """Drop what all tests of this process shared, while there are servers."""
    until_the_end.close()
    # pytest then searches twice for what was left open, five seconds each in a whole run, and a
    # worker does not tell.
    if "PYTEST_XDIST_WORKER" not in os.environ:
        gc.collect()
    gc.freeze()


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


@pytest.fixture(autouse=True)
def _own_imports(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget what a command leaves when a test ends: the project's folder on the path, modules.

    They are those of `comparison/`, which would be ten thousands at the end of a run.
    """
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    for name in [name for name in sys.modules if name.startswith("migrations_")]:
        del sys.modules[name]
    if "geoalchemy2" in sys.modules:  # it writes no STORED on MySQL, in all of the process
        deregister(Computed)


@pytest.fixture
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """Create an empty database for the driver that the test is parametrized with."""
    with database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def start_upgrade(url: URL, tmp_path: Path) -> Iterator[Start]:  # noqa: ARG001 # outlives them
    """Return what starts `alembic upgrade head`."""
    started: list[Upgrade] = []

    def start_one(project: Project) -> Upgrade:
        started.append(Upgrade(project, tmp_path / f"output{len(started)}"))
        return started[-1]

    yield start_one
    for upgrade in started:  # one that a failed test leaves would keep the database
        upgrade.process.kill()
        upgrade.process.join()
