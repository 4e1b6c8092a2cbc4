"""PgBouncer in transaction mode may stand before PostgreSQL (promise 5)."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from support import servers, template
from support.contents import EMPTY, contents
from support.databases import database, plain_engine, server_url, table_names
from support.migrations import Project, new_project
from support.processes import Start
from test_lock import PROCESSES, locks, three_migrations
from test_lock_timeout import change_hooks
from test_lost_connection import (
    MOMENTS,
    end_connections,
    holders,
    notes,
    project_at,
    version,
)

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


@contextmanager
def another_pgbouncer(
    pool_size: int = 40, settings: Mapping[str, object] = MappingProxyType({})
) -> Iterator[URL]:
    """Start a PgBouncer with so many connections to the server and these settings."""
    server_url("pgbouncer")
    postgresql = server_url("postgresql").render_as_string(hide_password=False)
    with tempfile.TemporaryDirectory() as folder:  # unlike root's tmp_path, `nobody` reaches it
        with pytest.MonkeyPatch.context() as environment:
            environment.delenv("PGBOUNCER_SERVER_URL")
            server = servers.start_pgbouncer(Path(folder), postgresql, pool_size, settings)
        yield make_url(server.url)
        server.stop()


@pytest.mark.parametrize(
    ("mode", "driver"), [("sync", "postgresql+psycopg"), ("async", "postgresql+asyncpg")], ids=str
)
def test_sixteen_processes_migrate_once_on_two_connections(
    mode: str, driver: str, tmp_path: Path
) -> None:
    with (
        another_pgbouncer(CONNECTIONS) as pgbouncer,
        database(driver, tmp_path) as url,
        ThreadPoolExecutor(PROCESSES) as executor,
    ):
        project = rendered(mode, driver, tmp_path, pgbouncer, url)
        three_migrations(project)
        results = list(executor.map(lambda _: project.cli("upgrade", "head"), range(PROCESSES)))
        assert [result.stderr for result in results if result.returncode] == []
        output = "".join(result.stderr for result in results)
        for step in (" -> 1", "1 -> 2", "2 -> 3"):
            assert output.count(f"Running upgrade {step}") == 1
        assert table_names(url) == {"one", "three"}
        assert locks(url) == 0


@pytest.mark.parametrize("project", DRIVERS, ids="-".join, indirect=True)
def test_every_command_works(project: Project) -> None:
    assert project.url
    behind = server_url("postgresql")
    project.autogenerate("create tables")
    for _ in range(2):
        project.run("upgrade", "head")
        assert table_names(project.url) == {"customer", "purchase"}
        project.run("check")
        project.run("downgrade", "base")
        assert contents(project.url.set(host=behind.host, port=behind.port)) == EMPTY
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


# --- One connection, and connections that are ended ---------------------------------------------


@pytest.fixture(params=DRIVERS, ids="-".join)
def answers(request: pytest.FixtureRequest) -> dict[str, str]:
    mode, driver = request.param
    return {"mode": mode, "driver": driver}


@pytest.fixture
def url(answers: dict[str, str], tmp_path: Path) -> Iterator[URL]:
    """Create an empty database; the URL leads past PgBouncer."""
    with database(answers["driver"], tmp_path) as url:
        yield url


@pytest.fixture(scope="module")
def one_connection() -> Iterator[URL]:
    """Start a PgBouncer with one connection to the server for each database."""
    with another_pgbouncer(1) as pgbouncer:
        yield pgbouncer


@pytest.fixture(scope="module")
def impatient() -> Iterator[URL]:
    """Start a PgBouncer that ends a transaction in which nothing happens for a second."""
    with another_pgbouncer(settings={"idle_transaction_timeout": 1}) as pgbouncer:
        yield pgbouncer


def behind(pgbouncer: URL, project: Project) -> Project:
    assert project.url
    project.url = project.url.set(host=pgbouncer.host, port=pgbouncer.port)
    return project


def test_pool_with_one_connection_is_refused_in_one_line(
    url: URL, answers: dict[str, str], one_connection: URL, tmp_path: Path
) -> None:
    project = behind(one_connection, project_at(url, tmp_path, 'note("end")', **answers))
    pooler = project.migrations / "pooler.py"
    code = pooler.read_text()
    pooler.write_text(code.replace("'10s'", "'1s'"))
    assert pooler.read_text() != code
    with pytest.raises(CommandError) as error:
        project.run("upgrade", "head")
    assert str(error.value) == (
        "Through a pooler a migration needs two connections to the server, one of them for the "
        "lock, and there was no second: make room in the pool, or migrate with "
        "MIGRATIONS_DATABASE_URL set to the server itself"
    )
    assert notes(url) == []


def test_engine_with_room_for_one_connection_is_enough(
    url: URL, answers: dict[str, str], tmp_path: Path
) -> None:
    project = behind(server_url("pgbouncer"), project_at(url, tmp_path, 'note("end")', **answers))
    assert project.url
    create: Any = create_engine if answers["mode"] == "sync" else create_async_engine
    config = project.config()
    engine = create(project.url, pool_size=1, max_overflow=0, pool_timeout=1)
    config.attributes["connection"] = engine
    with project.imported():
        command.upgrade(config, "head")
    if answers["mode"] == "sync":  # an asyncio engine's own pool was not used
        engine.dispose()
    assert notes(url) == ["end", "second"]


SLEEP = "op.execute('SELECT pg_sleep(2)')"
SLEEPING = {
    "in a revision": f'note("begin"); {SLEEP}; note("end")',
    "in an autocommit_block": MOMENTS["in an autocommit_block"].replace("wait()", SLEEP),
}


@pytest.mark.parametrize("where", SLEEPING)
def test_pooler_that_ends_the_idle_connection_does_no_harm(  # noqa: PLR0913, PLR0917 # fixtures
    where: str,
    url: URL,
    answers: dict[str, str],
    impatient: URL,
    start_upgrade: Start,
    tmp_path: Path,
) -> None:
    project = behind(impatient, project_at(url, tmp_path, SLEEPING[where], **answers))
    first = start_upgrade(project)
    first.until(lambda: holders(url) != [])
    second = start_upgrade(project)
    second.until(second.waits_for_another)
    ends = (first.end(), second.end())
    assert ends == ((0, []), (0, []))
    assert version(url) == ["2"]
    assert notes(url) == sorted({*notes(url)}), "something has run twice"


@pytest.mark.parametrize("moment", MOMENTS)
def test_lock_that_is_lost_is_taken_again_if_no_other_process_migrates(
    moment: str, url: URL, answers: dict[str, str], start_upgrade: Start, tmp_path: Path
) -> None:
    project = behind(server_url("pgbouncer"), project_at(url, tmp_path, MOMENTS[moment], **answers))
    versions = project.migrations / "versions"
    process = start_upgrade(project)
    process.until((versions / "waits").exists)
    end_connections(url, holders(url))
    (versions / "go").touch()
    assert process.end() == (0, [])
    assert version(url) == ["2"]
    assert notes(url) == sorted({*notes(url)})


def test_process_stops_in_an_autocommit_block_if_another_has_the_lock(
    url: URL, answers: dict[str, str], start_upgrade: Start, tmp_path: Path
) -> None:
    body = MOMENTS["in an autocommit_block"]
    project = behind(server_url("pgbouncer"), project_at(url, tmp_path, body, **answers))
    versions = project.migrations / "versions"
    first = start_upgrade(project)
    first.until((versions / "waits").exists)
    ended = holders(url)
    second = start_upgrade(project)
    second.until(second.waits_for_another)
    end_connections(url, ended)
    assert second.end() == (0, [])
    (versions / "go").touch()
    code, (line,) = first.end()
    assert code
    assert line.startswith(
        "FAILED: Revision 1 failed: The server or the pooler ended the connection"
    )
    assert version(url) == ["2"]
    assert (notes(url).count("after"), notes(url).count("end")) == (1, 1)


def test_transaction_that_has_lost_the_lock_is_waited_for(
    url: URL, answers: dict[str, str], start_upgrade: Start, tmp_path: Path
) -> None:
    body = MOMENTS["in a revision"]
    project = behind(server_url("pgbouncer"), project_at(url, tmp_path, body, **answers))
    versions = project.migrations / "versions"
    first = start_upgrade(project)
    first.until((versions / "waits").exists)
    ended = holders(url)
    second = start_upgrade(project)
    second.until(second.waits_for_another)
    end_connections(url, ended)
    time.sleep(1)  # the second asks twice
    assert notes(url) == []
    (versions / "go").touch()
    assert (first.end(), second.end()) == ((0, []), (0, []))
    assert notes(url) == ["begin", "end", "second"]


def test_limit_of_an_autocommit_block_reaches_no_other_client(
    url: URL, answers: dict[str, str], tmp_path: Path
) -> None:
    block = """with op.get_context().autocommit_block():
        op.execute("ALTER TABLE note ADD c int")"""
    project = behind(server_url("pgbouncer"), project_at(url, tmp_path, block, **answers))
    change_hooks(project, "lock_timeout = 0.2")
    with plain_engine(url).connect() as connection:
        connection.execute(text("SELECT FROM note"))
        with pytest.raises(CommandError, match=r"^Revision 1 waited 0\.2 seconds"):
            project.run("upgrade", "head")
    project.run("upgrade", "head")
    assert project.url
    with ExitStack() as stack:  # more than the migration had
        for _ in range(CONNECTIONS + 1):
            client = stack.enter_context(plain_engine(project.url).connect())
            assert client.scalar(text("SHOW lock_timeout")) == "0"


def test_missing_pgbouncer_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGBOUNCER_SERVER_URL", raising=False)
    monkeypatch.setattr(servers, "SYSTEM_DIRECTORIES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(servers.Unavailable, match="no pgbouncer; apt-get install pgbouncer,"):
        servers.start_pgbouncer(tmp_path, "postgresql://postgres@127.0.0.1/postgres")
