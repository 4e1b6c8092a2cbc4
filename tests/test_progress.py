"""One sees how long each revision took, and how far a statement is that takes long."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from support import template
from support.databases import database, plain_engine
from support.migrations import Project, new_project
from test_lock_retry import beside, role_of_its_own, session, until
from test_lock_timeout import BLOCK

DRIVERS = [
    pair
    for pair in (*template.MODES_AND_DRIVERS, *template.ONE_A_MODE_ON_MYSQL)
    if pair[1].split("+")[0] in {"sqlite", "postgresql", "mysql", "mariadb"}
]
POSTGRESQL = [pair for pair in DRIVERS if pair[1].startswith("postgresql+")]
REVISION = """
from alembic import op

revision = "{number}"
down_revision = {down!r}


def upgrade():
    {statement}


def downgrade():
    pass
"""


@pytest.fixture(params=DRIVERS, ids="-".join)
def project(
    request: pytest.FixtureRequest, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> Iterator[Project]:
    """Render a project, and log as a terminal shows it."""
    caplog.set_level(logging.INFO, "alembic.runtime.migration")
    mode, driver = request.param
    with database(driver, tmp_path) as url:
        yield new_project(tmp_path, url, mode=mode, driver=driver)


def write_revision(project: Project, number: int, statement: str) -> None:
    """Write a revision that does this."""
    down = str(number - 1) if number > 1 else None
    content = REVISION.format(number=number, down=down, statement=statement)
    (project.migrations / "versions" / f"{number}.py").write_text(content)


def durations(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the revisions whose duration was logged."""
    said = "\n".join(caplog.messages)
    return re.findall(r"^Revision (\w+) took \d+\.\d\d seconds$", said, re.MULTILINE)


def test_each_revision_has_a_line_with_its_duration(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    write_revision(project, 1, 'op.execute("CREATE TABLE one (id int)")')
    write_revision(project, 2, "pass")
    project.run("upgrade", "head")
    assert durations(caplog) == ["1", "2"]
    project.run("downgrade", "1")
    assert durations(caplog) == ["1", "2", "2"]
    caplog.clear()
    for command in (("stamp", "2"), ("current",), ("upgrade", "head")):
        project.run(*command)
    assert durations(caplog) == []


def test_revision_that_failed_has_none(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    write_revision(project, 1, "pass")
    write_revision(project, 2, "raise ValueError")
    with pytest.raises(Exception, match=r"^(|Revision 2 failed.*)$"):
        project.run("upgrade", "head")
    assert "2" not in durations(caplog)


# --- PostgreSQL ---------------------------------------------------------------------------------

# A page of rows for each, and a function that stops an index at half of them.
TABLE = """
CREATE TABLE big (id int, filling text STORAGE PLAIN);
INSERT INTO big SELECT id, repeat('x', 5000) FROM generate_series(1, 20) AS id;
CREATE FUNCTION stops(id int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
    WHILE id = 10 AND EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 99)
    LOOP PERFORM pg_sleep(0.02); END LOOP;
    RETURN id;
END $$
"""
STOP = "SELECT pg_advisory_lock(99)"
INDEX = 'op.execute("CREATE INDEX CONCURRENTLY ix ON big (stops(id)) WHERE id < 4711")'


def hurry(project: Project) -> None:
    """Have it speak after a moment, where it waits for some seconds."""
    file = project.migrations / "progress.py"
    code = file.read_text()
    file.write_text(code.replace("LONG = 5 ", "LONG = 0.2 "))
    assert file.read_text() != code


@pytest.mark.parametrize("project", POSTGRESQL, indirect=True, ids="-".join)
def test_percentage_of_an_index_is_shown_while_it_is_built(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    assert project.url
    hurry(project)
    with plain_engine(project.url).begin() as connection:
        connection.execute(text(TABLE))
    write_revision(project, 1, BLOCK.format(INDEX))
    with session(project, STOP) as stop:
        stop.commit()  # or the index would wait for the transaction

        def release() -> None:
            until(lambda: "%" in caplog.text)
            stop.execute(text("SELECT pg_advisory_unlock_all()"))
            stop.commit()

        with beside(release):
            project.run("upgrade", "head")
    said = [message for message in caplog.messages if "%" in message]
    pattern = (
        r"\d+ seconds so far: CREATE INDEX CONCURRENTLY ix ON big \(stops\(id\)\) "
        r"WHERE id < \?; "
        r"building index: scanning table, (\d+) %"
    )
    found = re.fullmatch(pattern, said[0])
    assert found, said
    assert 0 < int(found[1]) < 100


@pytest.mark.parametrize("project", POSTGRESQL, indirect=True, ids="-".join)
def test_where_there_is_no_second_connection_nothing_is_said(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    assert project.url
    hurry(project)
    write_revision(project, 1, 'op.execute("SELECT pg_sleep(1)")')
    with role_of_its_own(project, "CONNECTION LIMIT 1") as project.url:
        project.run("upgrade", "head")
    assert "so far" not in caplog.text
    assert durations(caplog) == ["1"]
    assert [each for each in caplog.records if each.levelno > logging.INFO] == []


@pytest.mark.parametrize("project", POSTGRESQL[:1], indirect=True, ids="-".join)
def test_statement_that_takes_long_is_shown_without_what_it_holds(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    hurry(project)
    write_revision(project, 1, """op.execute("SELECT 'secret', pg_sleep(1)")""")
    project.run("upgrade", "head")
    assert re.search(r"\d seconds so far: SELECT \?, pg_sleep\(\?\)", caplog.text)
    assert "secret" not in caplog.text
