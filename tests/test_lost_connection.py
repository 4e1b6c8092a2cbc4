"""A migration whose connection is ended stops in one line, and nothing runs twice (promise 5)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, inspect, text

from databases import database, plain_engine
from migrations import Project, new_project
from processes import start
from test_lock import SEVERAL_WRITERS

# Writes down what runs, and waits where a test wants it to, for the test to say go. A listener is
# in the place of a step that no revision sees.
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


def wait(*_):
    (here / "waits").touch()
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
        {0}
        note("block")
    note("end")"""
MOMENTS = {
    "in a revision": 'note("begin"); wait(); note("end")',
    "in an autocommit_block": BLOCK.format("wait()"),
    "between two revisions": 'note("begin"); wait_at("begin"); note("end")',
    "at the commit": 'note("begin"); wait_at("commit"); note("end")',
}


def write_revision(project: Project, number: int, body: str) -> None:
    down = str(number - 1) if number > 1 else None
    content = REVISION.format(number=number, down=down, body=body)
    (project.migrations / "versions" / f"{number}.py").write_text(content)


@pytest.fixture(params=SEVERAL_WRITERS, ids="-".join)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """Render a project whose database has a table for notes."""
    mode, driver = request.param
    with database(driver, tmp_path) as url:
        with plain_engine(url).begin() as connection:
            connection.execute(text("CREATE TABLE note (revision int, what varchar(20))"))
        yield new_project(tmp_path, url, mode=mode, driver=driver)


def end_those_that_hold_the_lock(url: URL) -> None:
    """End each connection that holds a lock of ours, as a server's administrator may."""
    with plain_engine(url).connect() as connection:
        if url.get_backend_name() == "postgresql":
            ended = connection.execute(
                text("""
                    SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND
                    database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """)
            ).all()
            assert ended
            return
        name = "SHA2(CONCAT('alembic ', DATABASE(), ' None.alembic_version'), 224)"
        holder = connection.scalar(text(f"SELECT IS_USED_LOCK({name})"))
        connection.execute(text(f"KILL {holder}"))


def wait_for(condition: Callable[[], bool], process: ForkServerProcess, output: Path) -> None:
    while not condition():
        assert process.is_alive(), output.read_text()
        time.sleep(0.02)


def said(output: Path) -> list[str]:
    """Return the lines of what a command printed that are no progress."""
    lines = output.read_text().splitlines()
    return [line for line in lines if not line.startswith(("INFO", "WARNI"))]


def notes(url: URL) -> list[tuple[int, str]]:
    with plain_engine(url).connect() as connection:
        rows = connection.execute(text("SELECT revision, what FROM note"))
        return [(row[0], row[1]) for row in rows]


def version(url: URL) -> list[str]:
    with plain_engine(url).connect() as connection:
        return list(connection.scalars(text("SELECT version_num FROM alembic_version")))


@pytest.mark.parametrize("moment", MOMENTS)
def test_another_process_goes_on_where_one_lost_its_connection(
    project: Project, moment: str, tmp_path: Path
) -> None:
    assert project.url
    write_revision(project, 1, MOMENTS[moment])
    write_revision(project, 2, 'note("second")')
    output, versions = tmp_path / "output", project.migrations / "versions"
    process = start(project, "upgrade", "head", output=output)
    wait_for((versions / "waits").exists, process, output)
    end_those_that_hold_the_lock(project.url)
    (versions / "go").touch()
    process.join()
    print(said(output))
    (line,) = said(output)
    print(notes(project.url))
    project.run("upgrade", "head")
    print(notes(project.url))
    assert version(project.url) == ["2"]
