"""Any number of processes may migrate one database at once (promise 5)."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.util import CommandError
from sqlalchemy import URL, inspect, text

import template
from databases import SERVERS, catalogue_of, database, plain_engine
from migrations import Project, new_project

PROCESSES = 16
LOCKED = [
    (mode, driver)
    for mode, driver in template.MODES_AND_DRIVERS
    if SERVERS.get(driver.split("+")[0]) in ("postgresql", "mariadb")
]
# Each step takes a moment, so that processes that don't wait are sure to meet.
STEP = """
import time

import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = {down!r}


def upgrade():
    {statement}


def downgrade():
    {undo}
"""
CREATE = "op.create_table('{0}', sa.Column('id', sa.Integer, primary_key=True)); time.sleep(0.5)"
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
    """Return how many locks of migrations the server holds."""
    with plain_engine(url).connect() as connection:
        if url.get_backend_name() == "postgresql":
            query = """SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
                WHERE locktype = 'advisory' AND datname = current_database()"""
            return int(connection.scalars(text(query)).one())
        name = "MD5(CONCAT('alembic ', DATABASE(), ' None.alembic_version'))"
        return int(connection.scalars(text(f"SELECT IS_USED_LOCK({name}) IS NOT NULL")).one())


def test_sixteen_processes_migrate_once(project: Project) -> None:
    assert project.url
    with ThreadPoolExecutor(PROCESSES) as executor:
        results = list(executor.map(lambda _: project.cli("upgrade", "head"), range(PROCESSES)))
    assert [result.stderr for result in results if result.returncode] == []
    output = "".join(result.stderr for result in results)
    for step in (" -> 1", "1 -> 2", "2 -> 3"):
        assert output.count(f"Running upgrade {step}") == 1
    assert "Waiting for another process, which migrates this database" in output
    assert {"one", "three"} <= catalogue_of(project.url)["tables"].keys()
    assert locks(project.url) == 0


def version(url: URL) -> str | None:
    """Return the revision of the database, or None before there is one."""
    with plain_engine(url).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return str(found) if found else None


@pytest.fixture
def migrating(project: Project) -> Iterator[subprocess.Popen[bytes]]:
    """Start a migration that goes on until it is killed, and wait until the third has ended."""
    endless = STEP.format(number="4", down="3", statement="time.sleep(600)", undo="pass")
    (project.migrations / "versions" / "4.py").write_text(endless)
    process = subprocess.Popen(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=project.path,
        env=project.environment(),
        stderr=subprocess.DEVNULL,
    )
    assert project.url
    while version(project.url) != "3":
        assert process.poll() is None
        time.sleep(0.1)
    assert locks(project.url) == 1
    yield process
    process.kill()
    process.wait()


def test_wait_has_a_limit_and_says_what_to_do(
    project: Project, migrating: subprocess.Popen[bytes]
) -> None:
    hooks = project.migrations / "hooks.py"
    hooks.write_text(hooks.read_text().replace("lock_wait = 600", "lock_wait = 1"))
    with pytest.raises(CommandError, match=r"for 1 seconds: try again later, or raise lock_wait"):
        project.run("upgrade", "head")
    assert migrating.poll() is None


def test_commands_that_only_read_do_not_wait(
    project: Project, migrating: subprocess.Popen[bytes]
) -> None:
    project.run("current")
    project.run("history", indicate_current=True)
    assert migrating.poll() is None


def test_killed_process_leaves_no_lock(
    project: Project, migrating: subprocess.Popen[bytes]
) -> None:
    migrating.kill()
    migrating.wait()
    (project.migrations / "versions" / "4.py").unlink()
    project.run("upgrade", "head")


def test_another_database_and_another_version_table_do_not_wait(
    project: Project, migrating: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    (project.migrations / "versions" / "4.py").unlink()
    url = project.url
    with database(project.answers["driver"], tmp_path) as other:
        project.url = other
        project.run("upgrade", "head")
    project.url = url
    for number in (1, 2, 3):
        (project.migrations / "versions" / f"{number}.py").unlink()
    hooks = project.migrations / "hooks.py"
    options = '= {"version_table": "other_version"}'
    hooks.write_text(hooks.read_text().replace("= {}", options))
    project.run("upgrade", "head")
    assert migrating.poll() is None
