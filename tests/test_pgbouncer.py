"""PgBouncer in transaction mode may stand before PostgreSQL (promise 5)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.util import CommandError
from sqlalchemy import URL, make_url

import servers
import template
from databases import EMPTY, catalogue_of, database, server_url
from migrations import Project, new_project
from test_lock import PROCESSES, locks, three_migrations

DRIVERS = [pair for pair in template.MODES_AND_DRIVERS if pair[1].startswith("postgresql+")]
PREPARING = [pair for pair in DRIVERS if pair[1].endswith(("+psycopg", "+asyncpg"))]
CONNECTIONS = 2  # what one process that migrates needs, and less than sixteen want

# Executes a statement until psycopg and asyncpg prepare it; between its transaction and the next,
# another client takes the server's connection.
FIRST = """
from alembic import op
from sqlalchemy import create_engine, event, pool, text

revision = "1"
down_revision = None
server_connection = text("SELECT pg_backend_pid()")


def upgrade():
    connection = op.get_bind()
    asked = {connection.scalar(server_connection) for _ in range(10)}
    assert len(asked) == 1
    connection.info["asked"] = asked
    event.listen(connection, "commit", another_client, once=True)


def another_client(connection):
    connection.connection.commit()
    url = connection.engine.url.set(drivername="postgresql+psycopg")
    other = connection.info["other"] = create_engine(url, poolclass=pool.NullPool).connect()
    assert {other.scalar(server_connection)} == connection.info["asked"]
"""
SECOND = """
from alembic import op
from sqlalchemy import text

revision = "2"
down_revision = "1"


def upgrade():
    connection = op.get_bind()
    with connection.info.pop("other"):
        asked = {connection.scalar(text("SELECT pg_backend_pid()")) for _ in range(10)}
    assert len(asked) == 1
    assert asked != connection.info["asked"]
"""


def two_migrations_on_different_connections(project: Project) -> None:
    """Write two revisions, which PgBouncer runs on different connections to the server."""
    for number, revision in ((1, FIRST), (2, SECOND)):
        (project.migrations / "versions" / f"{number}.py").write_text(revision)


def rendered(mode: str, driver: str, folder: Path, pgbouncer: URL, url: URL) -> Project:
    """Render a project that reaches the database at `url` through this PgBouncer."""
    url = url.set(host=pgbouncer.host, port=pgbouncer.port)
    return new_project(folder, url, mode=mode, driver=driver)


@pytest.fixture
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """Render a project with an empty database behind the PgBouncer of the run."""
    mode, driver = request.param
    with database(driver, tmp_path) as url:
        yield rendered(mode, driver, tmp_path, server_url("pgbouncer"), url)


@pytest.fixture
def few_connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[URL]:
    """Start another PgBouncer, with few connections to the server."""
    server_url("pgbouncer")
    postgresql = server_url("postgresql").render_as_string(hide_password=False)
    monkeypatch.delenv("PGBOUNCER_SERVER_URL")
    with tempfile.TemporaryDirectory() as folder:  # unlike root's tmp_path, `nobody` reaches it
        server = servers.start_pgbouncer(Path(folder), postgresql, CONNECTIONS)
        yield make_url(server.url)
        server.stop()


@pytest.mark.parametrize(
    ("mode", "driver"), [("sync", "postgresql+psycopg"), ("async", "postgresql+asyncpg")], ids=str
)
def test_sixteen_processes_migrate_once_on_two_connections(
    mode: str, driver: str, tmp_path: Path, few_connections: URL
) -> None:
    with database(driver, tmp_path) as url, ThreadPoolExecutor(PROCESSES) as executor:
        project = rendered(mode, driver, tmp_path, few_connections, url)
        three_migrations(project)
        results = list(executor.map(lambda _: project.cli("upgrade", "head"), range(PROCESSES)))
        assert [result.stderr for result in results if result.returncode] == []
        output = "".join(result.stderr for result in results)
        for step in (" -> 1", "1 -> 2", "2 -> 3"):
            assert output.count(f"Running upgrade {step}") == 1
        assert catalogue_of(url)["tables"].keys() == {"one", "three"}
        assert locks(url) == 0


@pytest.mark.parametrize("project", DRIVERS, ids="-".join, indirect=True)
def test_every_command_works(project: Project) -> None:
    assert project.url
    project.autogenerate("create tables")
    for _ in range(2):
        project.run("upgrade", "head")
        assert catalogue_of(project.url)["tables"].keys() == {"customer", "purchase"}
        project.run("check")
        project.run("downgrade", "base")
        assert catalogue_of(project.url) == EMPTY
    assert locks(project.url) == 0


@pytest.mark.parametrize("project", DRIVERS, ids="-".join, indirect=True)
def test_migrations_of_a_run_may_get_different_connections(project: Project) -> None:
    two_migrations_on_different_connections(project)
    project.run("upgrade", "head")


@pytest.mark.parametrize("project", PREPARING, ids="-".join, indirect=True)
def test_they_could_not_with_prepared_statements(project: Project) -> None:
    two_migrations_on_different_connections(project)
    env = project.migrations / "env.py"
    env.write_text(env.read_text().replace("database.connect_args(url)", "{}"))
    with pytest.raises(CommandError, match=r"prepared statement .* does not exist"):
        project.run("upgrade", "head")


def test_missing_pgbouncer_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGBOUNCER_SERVER_URL", raising=False)
    monkeypatch.setattr(servers, "SYSTEM_DIRECTORIES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(servers.Unavailable, match="no pgbouncer; apt-get install pgbouncer,"):
        servers.start_pgbouncer(tmp_path, "postgresql://postgres@127.0.0.1/postgres")
