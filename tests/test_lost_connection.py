"""A migration whose connection ends says so in a line, and nothing runs twice (promise 5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from support.databases import database, plain_engine
from support.migrations import Project, new_project
from support.processes import Start
from test_lock import SEVERAL_WRITERS, mysql_lock

# Notes what runs. The first process to come to wait() stays there until the test says go.
REVISION = """
import time
from pathlib import Path

from alembic import op
from sqlalchemy import event

revision = "{number}"
down_revision = {down!r}
here = Path(__file__).parent


def note(what):
    op.execute(f"INSERT INTO note VALUES ({number}, '{{what}}')")


def wait():
    try:
        (here / "waits").touch(exist_ok=False)
    except FileExistsError:
        return
    while not (here / "go").exists():
        time.sleep(0.02)


def wait_at(name, word=""):
    def listener(connection, *arguments):
        if word in str(arguments):
            wait()

    event.listen(op.get_bind(), name, listener)


def upgrade():
    {body}
"""
BLOCK = """note("begin")
    with op.get_context().autocommit_block():
        note("before")
        wait()
        note("after")
    note("end")"""
MOMENTS = {
    "in a revision": 'note("begin"); wait(); note("end")',
    "in an autocommit_block": BLOCK,
    "between two revisions": 'note("end"); wait_at("begin")',
    "at the commit": 'note("end"); wait_at("commit")',
}
# How PostgreSQL and MariaDB let go of the lock, when all is committed.
UNLOCK = {"postgresql": "pg_advisory_unlock", "mysql": "RELEASE_LOCK", "mariadb": "RELEASE_LOCK"}


def project_at(
    url: URL, folder: Path, first: str, second: str = 'note("second")', **answers: str
) -> Project:
    """Render a project with two revisions of these bodies."""
    with plain_engine(url).begin() as connection:
        connection.execute(text("CREATE TABLE note (revision int, what varchar(20))"))
    project = new_project(folder, url, **answers)
    for number, body in enumerate((first, second), start=1):
        down = str(number - 1) if number > 1 else None
        content = REVISION.format(number=number, down=down, body=body)
        (project.migrations / "versions" / f"{number}.py").write_text(content)
    return project


@pytest.fixture(params=SEVERAL_WRITERS, ids="-".join)
def answers(request: pytest.FixtureRequest) -> dict[str, str]:
    mode, driver = request.param
    return {"mode": mode, "driver": driver}


@pytest.fixture
def url(answers: dict[str, str], tmp_path: Path) -> Iterator[URL]:
    """Create an empty database."""
    with database(answers["driver"], tmp_path) as url:
        yield url


def holders(url: URL) -> list[int]:
    """Return the connections that hold a lock of migrations."""
    query = f"SELECT IS_USED_LOCK('{mysql_lock(url)}')"
    if url.get_backend_name() == "postgresql":
        query = """SELECT DISTINCT pid FROM pg_locks JOIN pg_database d ON d.oid = database
            WHERE locktype = 'advisory' AND objsubid = 1 AND mode = 'ExclusiveLock'
            AND classid = 0 AND datname = current_database()"""
    with plain_engine(url).connect() as connection:
        return [number for number in connection.scalars(text(query)) if number]


def others(url: URL, known: list[int]) -> list[int]:
    """Return the connections to the database that are not ours, and not known."""
    query = "SELECT id FROM information_schema.processlist WHERE db = DATABASE()"
    query += " AND id <> CONNECTION_ID()"
    if url.get_backend_name() == "postgresql":
        query = """SELECT pid FROM pg_stat_activity WHERE datname = current_database()
            AND pid <> pg_backend_pid()"""
    with plain_engine(url).connect() as connection:
        return [number for number in connection.scalars(text(query)) if number not in known]


def end_connections(url: URL, numbers: list[int]) -> None:
    """End connections as an administrator does, and wait until they have let go."""
    end = "SELECT pg_terminate_backend({}, 10000)" if "postgresql" in url.drivername else "KILL {}"
    with plain_engine(url).connect() as connection:
        for number in numbers:
            connection.execute(text(end.format(number)))


def notes(url: URL) -> list[str]:
    with plain_engine(url).connect() as connection:
        return list(connection.scalars(text("SELECT what FROM note ORDER BY what")))


def version(url: URL) -> list[str]:
    with plain_engine(url).connect() as connection:
        return list(connection.scalars(text("SELECT version_num FROM alembic_version")))


@pytest.mark.parametrize("moment", MOMENTS)
def test_next_process_goes_on_and_the_one_that_lost_its_connection_stops(
    moment: str, url: URL, answers: dict[str, str], start_upgrade: Start, tmp_path: Path
) -> None:
    project = project_at(url, tmp_path, MOMENTS[moment], **answers)
    versions = project.migrations / "versions"
    first = start_upgrade(project)
    first.until((versions / "waits").exists)
    (holder,) = holders(url)
    second = start_upgrade(project)
    second.until(second.waits_for_another)
    end_connections(url, [holder])
    assert second.end() == (0, [])
    assert version(url) == ["2"]
    before = notes(url)
    assert (before.count("end"), before.count("second")) == (1, 1)
    (versions / "go").touch()
    code, (line,) = first.end()
    assert code
    assert re.match(r"FAILED: (Revision [12]|The command) failed", line), line
    assert notes(url) == before
    assert version(url) == ["2"]


def test_process_whose_connection_is_ended_while_it_waits_says_so(
    url: URL, answers: dict[str, str], start_upgrade: Start, tmp_path: Path
) -> None:
    project = project_at(url, tmp_path, MOMENTS["in a revision"], **answers)
    versions = project.migrations / "versions"
    first = start_upgrade(project)
    first.until((versions / "waits").exists)
    second = start_upgrade(project)
    second.until(second.waits_for_another)
    end_connections(url, others(url, holders(url)))
    code, (line,) = second.end()
    assert code
    assert re.match(r"FAILED: The command failed: .*; run (the command again|it again)$", line)
    (versions / "go").touch()
    assert first.end() == (0, [])
    assert notes(url) == ["begin", "end", "second"]


def test_connection_that_is_ended_after_all_is_done_does_no_harm(
    url: URL, answers: dict[str, str], start_upgrade: Start, tmp_path: Path
) -> None:
    last = f"wait_at('before_cursor_execute', '{UNLOCK[url.get_backend_name()]}'); note('second')"
    project = project_at(url, tmp_path, 'note("end")', last, **answers)
    versions = project.migrations / "versions"
    process = start_upgrade(project)
    process.until((versions / "waits").exists)
    end_connections(url, holders(url))
    (versions / "go").touch()
    assert process.end() == (0, [])
    assert notes(url) == ["end", "second"]
    assert version(url) == ["2"]
