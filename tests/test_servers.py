"""The tests of the private servers themselves."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from support import servers
from support.servers import STARTERS, Server, Unavailable, variable
from support.template import ROOT

KINDS = {
    "postgresql": (servers.start_postgresql, "postgresql+psycopg"),
    "mariadb": (servers.start_mariadb, "mysql+pymysql"),
    "mysql": (servers.start_mysql, "mysql+pymysql"),
    "extensions": (servers.start_extensions, "postgresql+psycopg"),
}

Start = Callable[[str], Server]


@pytest.fixture
def directory() -> Iterator[Path]:
    """Give a fresh directory that `nobody` can reach, unlike root's `tmp_path`."""
    # A server whose parent was killed still writes for a while after it closed its port.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.fixture
def start(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Give a function that starts a private server, which ends with the test."""
    started = []

    def start_one(kind: str) -> Server:
        started.append(KINDS[kind][0](directory))
        return started[-1]

    for each in STARTERS:
        monkeypatch.delenv(variable(each), raising=False)
    yield start_one
    for server in started:
        server.stop()


def _execute(url: str, statement: str) -> object:
    """Return the first value that `statement` gives, if it gives any."""
    parsed = make_url(url)
    driver = KINDS[parsed.get_backend_name()][1]
    engine = create_engine(parsed.set(drivername=driver))
    try:
        with engine.begin() as connection:
            result = connection.execute(text(statement))
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


def _listens(url: str) -> bool:
    parsed = make_url(url)
    try:
        socket.create_connection((parsed.host or "", parsed.port or 0)).close()
    except ConnectionRefusedError:
        return False
    return True


def test_all_at_once(start: Start) -> None:
    """They start from threads at the same time, and are what they should be."""
    with ThreadPoolExecutor() as pool:
        postgresql, mariadb, mysql = pool.map(start, ["postgresql", "mariadb", "mysql"])
    assert "PostgreSQL" in str(_execute(postgresql.url, "SELECT version()"))
    assert "MariaDB" in str(_execute(mariadb.url, "SELECT version()"))
    assert "MariaDB" not in str(_execute(mysql.url, "SELECT version()"))


@pytest.mark.parametrize("kind", KINDS)
def test_ends_with_a_killed_parent(kind: str, directory: Path) -> None:
    """A test run that is killed leaves no server behind."""
    code = (
        "import os, pathlib, sys\nfrom support import servers\n"
        f"for name in {[variable(each) for each in STARTERS]}: os.environ.pop(name, None)\n"
        f"server = servers.start_{kind}(pathlib.Path(sys.argv[1]))\n"
        "print(server.url, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, directory],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL
    deadline = time.monotonic() + servers.STOP_TIMEOUT
    while _listens(child.stdout.strip()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _listens(child.stdout.strip())


@pytest.mark.parametrize("kind", KINDS)
def test_another_port_when_one_is_taken_and_stop(
    kind: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port that is taken in the meantime is given up for another, and stop() ends the process.

    It does nothing the second time.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        ports = [taken, servers.free_port()]
        monkeypatch.setattr(servers, "free_port", lambda: ports.pop(0))
        server = start(kind)
    assert make_url(server.url).port != taken
    assert _execute(server.url, "SELECT 1") == 1
    assert _listens(server.url)
    server.stop()
    server.stop()
    assert not _listens(server.url)
    assert server.process is not None
    assert server.process.returncode is not None


def test_postgresql_asks_other_roles_for_a_password(start: Start) -> None:
    """Only the superuser can log in without one."""
    server = start("postgresql")
    _execute(server.url, "CREATE ROLE reader LOGIN PASSWORD 'secret'")
    url = server.url.replace("postgres@", "reader:secret@")
    assert _execute(url, "SELECT current_user") == "reader"
    with pytest.raises(OperationalError, match="password"):
        _execute(url.replace("secret", "wrong"), "SELECT 1")


@pytest.mark.parametrize("kind", KINDS)
def test_a_url_in_the_environment(
    kind: str, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is used as it is, and nothing is started."""
    monkeypatch.setenv(variable(kind), "mysql://someone@example.org/db")
    server = KINDS[kind][0](directory)
    assert server == Server("mysql://someone@example.org/db")
    server.stop()
    assert not list(directory.iterdir())


@pytest.mark.parametrize("kind", KINDS)
def test_missing_programs(
    kind: str, start: Start, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is missing and what to install is said in one line."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr(servers, "SYSTEM_DIRECTORIES", ())
    monkeypatch.setattr(servers, "POSTGRESQL_VERSIONS", directory)
    monkeypatch.setattr(servers, "DEBIAN", directory)
    monkeypatch.setenv("PATH", f"{directory}")
    with pytest.raises(Unavailable, match=rf"^{kind} is missing: .+ install .+$"):
        start(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_ends_at_once(
    kind: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its log says why, in one line."""
    options = f"{kind.upper()}_OPTIONS"
    wrong = (*getattr(servers, options), "--no-such-option=1")
    monkeypatch.setattr(servers, options, wrong)
    with pytest.raises(Unavailable, match=rf"^{kind} did not start: .+no.such.+$"):
        start(kind)
