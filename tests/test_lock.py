"""Any number of processes may migrate one database at once (promise 5)."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import time
from collections.abc import Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import URL, create_engine, text

from support import template
from support.databases import database, missing, plain_engine, server_of, table_names
from support.migrations import Project, new_project
from support.processes import start

PROCESSES = 16
LOCKED = [
    (mode, driver)
    for mode, driver in (*template.MODES_AND_DRIVERS, *template.ONE_A_MODE_ON_MYSQL)
    if server_of(driver) in ("sqlite", "postgresql", "mariadb", "mysql")
]
SEVERAL_WRITERS = [(mode, driver) for mode, driver in LOCKED if "sqlite" not in driver]
POSTGRESQL = [(mode, driver) for mode, driver in LOCKED if "postgresql" in driver]
# Each step takes a moment, so that processes that don't wait are sure to meet.
STEP = """
import time
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = {down!r}


def upgrade():
    {statement}


def downgrade():
    {undo}
"""
CREATE = "op.create_table('{0}', sa.Column('id', sa.Integer, primary_key=True)); time.sleep(0.2)"
CONCURRENTLY = """with op.get_context().autocommit_block():
        op.create_index('ix', 'one', ['id'], postgresql_concurrently=True)"""


def three_migrations(project: Project) -> None:
    """Write three revisions; on PostgreSQL the second is CREATE INDEX CONCURRENTLY."""
    second = CONCURRENTLY if "postgresql" in project.answers["driver"] else CREATE.format("two")
    statements = [CREATE.format("one"), second, CREATE.format("three")]
    for number, statement in enumerate(statements, start=1):
        down = str(number - 1) if number > 1 else None
        revision = STEP.format(number=number, down=down, statement=statement, undo="pass")
        (project.migrations / "versions" / f"{number}.py").write_text(revision)


@pytest.fixture(params=LOCKED, ids="-".join)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """Render a project with three migrations and an empty database."""
    mode, driver = request.param
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, mode=mode, driver=driver)
        three_migrations(project)
        yield project


def locks(url: URL) -> int:
    """Return how many locks of migrations the database holds."""
    if url.get_backend_name() == "sqlite":
        file = sqlite3.connect(str(url.database), timeout=0, isolation_level=None)
        with contextlib.closing(file):
            try:
                file.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return 1
            return 0
    with plain_engine(url).connect() as connection:
        if url.get_backend_name() == "postgresql":
            query = """SELECT count(DISTINCT pid)
                FROM pg_locks JOIN pg_database d ON d.oid = database
                WHERE locktype = 'advisory' AND datname = current_database()"""
            return int(connection.scalars(text(query)).one())
        query = f"SELECT IS_USED_LOCK('{mysql_lock(url)}') IS NOT NULL"
        return int(connection.scalars(text(query)).one())


def mysql_lock(url: URL) -> str:
    """Return the lock's name in every release: two of them may meet in an update."""
    key = f"alembic {url.database} None.alembic_version".encode()
    return hashlib.md5(key, usedforsecurity=False).hexdigest()


def test_sixteen_processes_migrate_once(project: Project, tmp_path: Path) -> None:
    assert project.url
    files = [tmp_path / f"{number}.log" for number in range(PROCESSES)]
    processes = [start(project, "upgrade", "head", output=file) for file in files]
    for process in processes:
        process.join()
    outputs = [file.read_text() for file in files]
    ends = zip(processes, outputs, strict=True)
    assert [output for process, output in ends if process.exitcode] == []
    output = "".join(outputs)
    for step in (" -> 1", "1 -> 2", "2 -> 3"):
        assert output.count(f"Running upgrade {step}") == 1
    assert "Waiting for another process, which migrates this database" in output
    assert {"one", "three"} <= table_names(project.url)
    assert locks(project.url) == 0


@pytest.fixture
def migrating(project: Project, tmp_path: Path) -> Iterator[ForkServerProcess]:
    """Start a migration that goes on until it is killed, and wait until the fourth is there."""
    wait = "Path(__file__).with_suffix('.started').touch(); time.sleep(600)"
    revision = project.migrations / "versions" / "4.py"
    revision.write_text(STEP.format(number="4", down="3", statement=wait, undo="pass"))
    process = start(project, "upgrade", "head", output=tmp_path / "migrating.log")
    while not revision.with_suffix(".started").exists():
        assert process.is_alive(), (tmp_path / "migrating.log").read_text()
        time.sleep(0.02)
    assert project.url
    assert locks(project.url) == 1
    yield process
    process.kill()
    process.join()


def test_wait_has_a_limit_and_says_what_to_do(
    project: Project, migrating: ForkServerProcess
) -> None:
    hooks = project.migrations / "hooks.py"
    hooks.write_text(hooks.read_text().replace("lock_wait = 600", "lock_wait = 1"))
    which = "" if "sqlite" in project.answers["driver"] else "`status` says which; "  # no sessions
    expected = f"for 1 seconds: {which}try again later, or raise lock_wait"
    with pytest.raises(CommandError, match=expected):
        project.run("upgrade", "head")
    assert migrating.is_alive()


def test_commands_that_only_read_do_not_wait(
    project: Project, migrating: ForkServerProcess
) -> None:
    project.run("current")
    project.run("history", indicate_current=True)
    assert migrating.is_alive()


def test_killed_process_leaves_no_lock(project: Project, migrating: ForkServerProcess) -> None:
    migrating.kill()
    migrating.join()
    (project.migrations / "versions" / "4.py").unlink()
    project.run("upgrade", "head")


def test_another_database_does_not_wait(
    project: Project, migrating: ForkServerProcess, tmp_path: Path
) -> None:
    (project.migrations / "versions" / "4.py").unlink()
    with database(project.answers["driver"], tmp_path) as other:
        project.url = other
        project.run("upgrade", "head")
    assert migrating.is_alive()


@pytest.mark.parametrize("project", SEVERAL_WRITERS, indirect=True, ids="-".join)
def test_another_version_table_does_not_wait(
    project: Project, migrating: ForkServerProcess
) -> None:
    for file in project.revisions:
        file.unlink()
    hooks = project.migrations / "hooks.py"
    options = '= {"version_table": "other_version"}'
    hooks.write_text(hooks.read_text().replace("= {}", options))
    project.run("upgrade", "head")
    assert migrating.is_alive()


SETTINGS = """
    SELECT current_setting('tcp_keepalives_idle') AS idle,
    current_setting('client_connection_check_interval') AS interval
"""


def need_linux(url: URL) -> None:
    """Skip the test where PostgreSQL does not see that a client is gone."""
    with plain_engine(url).connect() as connection:
        if "linux" not in str(connection.scalar(text("SELECT version()"))):
            missing("PostgreSQL is not on Linux: it does not see that a client was killed")


@pytest.mark.parametrize("project", POSTGRESQL, indirect=True, ids="-".join)
def test_statement_of_a_killed_process_ends_and_leaves_no_lock(
    project: Project, tmp_path: Path
) -> None:
    revision = project.migrations / "versions" / "4.py"
    sleep = "op.execute('SELECT pg_sleep(600)')"
    revision.write_text(STEP.format(number="4", down="3", statement=sleep, undo="pass"))
    project.run("upgrade", "3")
    assert project.url
    need_linux(project.url)
    process = start(project, "upgrade", "head", output=tmp_path / "killed.log")
    sleeps = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND query = 'SELECT pg_sleep(600)'
    """
    with plain_engine(project.url).connect() as connection:
        while not connection.scalar(text(sleeps)):
            connection.rollback()
            assert process.is_alive(), (tmp_path / "killed.log").read_text()
            time.sleep(0.05)
    process.kill()
    process.join()
    revision.write_text(STEP.format(number="4", down="3", statement="pass", undo="pass"))
    hooks = project.migrations / "hooks.py"
    hooks.write_text(hooks.read_text().replace("lock_wait = 600", "lock_wait = 60"))
    project.run("upgrade", "head")


def test_connection_of_a_given_engine_has_its_settings_back(tmp_path: Path) -> None:
    with database("postgresql+psycopg", tmp_path) as url:
        project = new_project(tmp_path, url, driver="postgresql+psycopg")
        keep = f'op.execute("""CREATE TABLE during AS {SETTINGS}""")'
        revision = project.migrations / "versions" / "1.py"
        revision.write_text(STEP.format(number="1", down=None, statement=keep, undo="pass"))
        need_linux(url)
        engine = create_engine(url, pool_size=1, max_overflow=0)
        config = project.config()
        config.attributes["connection"] = engine
        with engine.connect() as connection:
            before = connection.execute(text(SETTINGS)).one()
        with project.imported():
            command.upgrade(config, "head")
        with engine.connect() as connection:
            assert connection.execute(text(SETTINGS)).one() == before
            assert connection.execute(text("SELECT * FROM during")).one() == ("60", "1s")
        engine.dispose()
