"""A migration that ends early, however it ends, leaves nothing behind (promise 6)."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.util import CommandError
from sqlalchemy import inspect, text

from support import template
from support.databases import database, plain_engine, server_of
from support.migrations import Project, new_project
from support.processes import start

# --- Killed ---------------------------------------------------------------------------------

KILLS = 50
CHUNKS = 5
STEPS = 6

MODEL = """
from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from my_app.db import Base


class Step{number}(Base):
    __tablename__ = "step{number}"

    id: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[str]
    added: Mapped[int] = mapped_column(server_default=text("7"), index=True)
"""
LOG = """
from sqlalchemy.orm import Mapped, mapped_column

from my_app.db import Base


class Log(Base):
    __tablename__ = "log"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[str]
"""
# Many statements, so that a kill meets one, and more data than SQLite's cache holds, so that some
# of it is in the file before the commit.
STEP = """
import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = {down!r}


def upgrade():
    if revision == "1":
        op.create_table(
            "log",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("revision", sa.String, nullable=False),
        )
    op.execute("INSERT INTO log (revision) VALUES ('{number}')")
    table = op.create_table(
        "step{number}",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("content", sa.String, nullable=False),
    )
    for row in range(30):
        op.bulk_insert(table, [{{"content": str(row) * 20000}}])
    with op.batch_alter_table("step{number}") as batch:
        default = sa.text("7")
        batch.add_column(sa.Column("added", sa.Integer, server_default=default, nullable=False))
        batch.create_index("ix_step{number}_added", ["added"])
"""


@pytest.fixture(params=["postgresql+psycopg", "sqlite+pysqlite"])
def steps(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """Render a project with several migrations that lead to its models."""
    project = new_project(tmp_path, driver=request.param)
    for model in ("customer", "purchase"):
        (project.models / f"{model}.py").unlink()
    (project.models / "log.py").write_text(LOG)
    for number in range(1, STEPS + 1):
        (project.models / f"step{number}.py").write_text(MODEL.format(number=number))
        down = str(number - 1) if number > 1 else None
        revision = STEP.format(number=number, down=down)
        (project.migrations / "versions" / f"{number}.py").write_text(revision)
    return project


def log(project: Project) -> list[str]:
    """Return the revisions whose effect is in the database."""
    assert project.url
    with plain_engine(project.url).connect() as connection:
        if not inspect(connection).has_table("log"):
            return []
        return list(connection.scalars(text("SELECT revision FROM log ORDER BY id")))


def upgraded(project: Project) -> None:
    """Upgrade to the head, and see that each migration's effect is there once."""
    project.run("upgrade", "head")
    project.run("check")
    assert project.url
    assert log(project) == [str(number) for number in range(1, STEPS + 1)]
    with plain_engine(project.url).connect() as connection:
        for number in range(1, STEPS + 1):
            assert connection.scalar(text(f"SELECT sum(added) FROM step{number}")) == 30 * 7


def duration(project: Project, folder: Path) -> float:
    """Return the seconds of an upgrade that nobody kills."""
    with database(project.answers["driver"], folder) as project.url:
        started = time.monotonic()
        process = start(project, "upgrade", "head", output=folder / "output")
        process.join()
        assert process.exitcode == 0, (folder / "output").read_text()
        return time.monotonic() - started


def killed(project: Project, after: float, output: Path) -> bool:
    """Start an upgrade and kill it after that many seconds; tell whether it was still running."""
    output.unlink(missing_ok=True)
    process = start(project, "upgrade", "head", output=output)
    process.join(after)
    process.kill()
    process.join()
    return process.exitcode != 0


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_upgrade_killed_at_any_moment_goes_on_where_it_stopped(
    steps: Project, chunk: int, tmp_path: Path
) -> None:
    driver, output = steps.answers["driver"], tmp_path / "output"
    whole = min(duration(steps, tmp_path) for _ in range(2))
    chance = random.Random(chunk)  # noqa: S311 # repeatable
    begun: set[int] = set()
    stand: set[int] = set()
    kills, upgrades = 0, 0
    while kills < KILLS // CHUNKS or len(begun) < 3:
        # One of ten equal parts of the duration after the other, at random within it.
        after = whole * (kills % 10 + chance.random()) / 10
        upgrades += 1
        assert upgrades < 100, f"of {upgrades} upgrades {kills} were killed, in {begun}"
        with database(driver, tmp_path) as steps.url:
            if not killed(steps, after, output):
                whole = min(whole, after)  # the machine has become faster
                continue
            print(f"killed after {after:.3f} of {whole:.3f} seconds")  # noqa: T201
            kills += 1
            begun.add(output.read_text().count("Running upgrade") if output.exists() else 0)
            stand.add(len(log(steps)))
            upgraded(steps)
    if "postgresql" in driver:
        assert stand & set(range(1, STEPS)), "each migration is committed by itself"
    else:
        assert stand <= {0, STEPS}, "one transaction is all or nothing"


# --- Failed ---------------------------------------------------------------------------------

FAILING = """
import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = {down!r}


def upgrade():
    op.create_table("table{number}", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO table1 VALUES ({number})")
    {end}
"""


def drivers(*servers: str) -> list[tuple[str, str]]:
    """Return the modes and drivers of these servers."""
    return [
        (mode, driver)
        for mode, driver in (*template.MODES_AND_DRIVERS, *template.ONE_A_MODE_ON_MYSQL)
        if server_of(driver) in servers
    ]


@pytest.fixture
def failing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """Render a project with two good migrations, one to be broken and one more."""
    mode, driver = request.param
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, mode=mode, driver=driver)
        for number in range(1, 5):
            end_at(project, number, "pass")
        yield project


def end_at(project: Project, number: int, end: str) -> None:
    """Have the migration end with this statement."""
    down = str(number - 1) if number > 1 else None
    revision = FAILING.format(number=number, down=down, end=end)
    (project.migrations / "versions" / f"{number}.py").write_text(revision)


def state(project: Project) -> tuple[set[str], list[int], list[str]]:
    """Return the tables, the rows and the revision in the database."""
    assert project.url
    with plain_engine(project.url).connect() as connection:
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
        rows: list[int] = []
        versions: list[str] = []
        if tables:
            rows += connection.scalars(text("SELECT id FROM table1 ORDER BY id"))
        if inspect(connection).has_table("alembic_version"):
            versions += connection.scalars(text("SELECT version_num FROM alembic_version"))
        return tables, rows, versions


AFTER_TWO = ({"table1", "table2"}, [1, 2], ["2"])
AFTER_FOUR = ({"table1", "table2", "table3", "table4"}, [1, 2, 3, 4], ["4"])
TRANSACTIONAL = drivers("sqlite", "postgresql")
ERRORS = {
    "error": ("raise ValueError('halfway')", ValueError),
    "sql": ("op.execute('SELECT nothing FROM nowhere')", Exception),
    "interrupt": ("raise KeyboardInterrupt", KeyboardInterrupt),
}


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("failing", TRANSACTIONAL, indirect=True, ids="-".join)
def test_failing_migration_leaves_no_trace_and_those_before_it_stay(
    failing: Project, error: str
) -> None:
    statement, raised = ERRORS[error]
    end_at(failing, 3, statement)
    with pytest.raises(raised):
        failing.run("upgrade", "head")
    assert state(failing) == AFTER_TWO
    end_at(failing, 3, "pass")
    failing.run("upgrade", "head")
    assert state(failing) == AFTER_FOUR


@pytest.mark.parametrize("failing", TRANSACTIONAL, indirect=True, ids="-".join)
def test_first_migration_that_fails_leaves_an_empty_database(failing: Project) -> None:
    end_at(failing, 1, "raise ValueError('halfway')")
    with pytest.raises(ValueError, match="halfway"):
        failing.run("upgrade", "head")
    assert state(failing) == (set(), [], [])


@pytest.mark.parametrize("failing", drivers("mariadb", "mysql"), indirect=True, ids="-".join)
def test_failing_migration_is_named_where_ddl_can_not_be_undone(failing: Project) -> None:
    end_at(failing, 3, "op.execute('SELECT nothing FROM nowhere')")
    with pytest.raises(CommandError) as error:
        failing.run("upgrade", "head")
    message = str(error.value)
    assert message.startswith(
        "Revision 3 failed, and its statements before the failure stand, "
        "because MySQL and MariaDB can't undo them: "
    )
    assert "nowhere" in message
    tables, _, versions = state(failing)
    assert (tables, versions) == ({"table1", "table2", "table3"}, ["2"])


HALF_DONE = """
from alembic import op
import sqlalchemy as sa

revision = "5"
down_revision = "4"


def upgrade() -> None:
    key = sa.Column("a", sa.Integer(), primary_key=True, autoincrement=False)
    op.create_table("half", key, sa.Column("b", sa.Integer()))
    op.add_column("half", sa.Column("c", sa.String(20), comment="it's 100%: c"))
    op.execute("INSERT INTO half VALUES (1, 1, 'once')")
    op.create_index("ix", "half", ["c"])
    op.create_check_constraint("ck", "half", "a > 0")
    op.create_foreign_key("fk", "half", "half", ["b"], ["a"])
    op.alter_column("half", "b", new_column_name="d", existing_type=sa.Integer())
    op.execute("UPDATE half SET c = 'not yet'")
    {last}


def downgrade() -> None:
    op.drop_table("half")
"""


@pytest.mark.parametrize("failing", drivers("mariadb", "mysql"), indirect=True, ids="-".join)
def test_revision_that_failed_in_the_middle_goes_on_from_there(
    failing: Project, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "alembic.runtime.migration")
    assert failing.url
    end_at(failing, 3, "pass")
    failing.run("upgrade", "head")
    file = failing.migrations / "versions" / "5.py"
    query = text("SELECT c FROM half")
    for last in ("op.execute('SELECT nothing FROM nowhere')", "raise KeyboardInterrupt"):
        file.write_text(HALF_DONE.format(last=last))
        with pytest.raises((CommandError, KeyboardInterrupt)) as error:
            failing.run("upgrade", "head")
        if error.type is CommandError:
            assert "; done: CREATE TABLE half " in str(error.value)
            assert "run the command again, which goes on from there" in str(error.value)
        with plain_engine(failing.url).begin() as connection:
            assert [*connection.scalars(query)] == ["once"]
    file.write_text(HALF_DONE.format(last="pass"))
    caplog.clear()
    failing.run("upgrade", "head")
    assert caplog.text.count("It is done already: ") == 7
    with plain_engine(failing.url).connect() as connection:
        assert [*connection.scalars(query)] == ["not yet"]
        inspector = inspect(connection)
        assert inspector.get_table_comment("alembic_version")["text"] in (None, "")
    failing.run("downgrade", "-1")
    failing.run("upgrade", "head")


@pytest.mark.parametrize("failing", [("sync", "mysql+pymysql")], indirect=True, ids="-".join)
def test_command_line_shows_a_traceback_only_if_asked_for(failing: Project) -> None:
    end_at(failing, 3, "op.execute('SELECT nothing FROM nowhere')")
    result = failing.cli("upgrade", "head")
    printed = result.stdout + result.stderr
    assert result.returncode != 0
    assert "Revision 3 failed, and its statements before the failure stand" in printed
    assert "Traceback" not in printed
    end_at(failing, 3, "raise ValueError('halfway')")
    with plain_engine(failing.url).begin() as connection:
        connection.execute(text("DROP TABLE table3"))
    result = failing.cli("--raiseerr", "upgrade", "head")
    assert result.returncode != 0
    assert "Traceback" in result.stderr
    assert "ValueError: halfway" in result.stderr
    assert "3.py" in result.stderr
