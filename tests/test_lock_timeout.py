"""A migration does not wait long for a table on PostgreSQL (promise 7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import text

import template
from databases import catalogue_of, database, plain_engine
from migrations import Project, new_project

DRIVERS = [pair for pair in template.MODES_AND_DRIVERS if pair[1].startswith("postgresql+")]
SHORT = "lock_timeout = 0.3"

REVISION = """
from alembic import op
from sqlalchemy import text

revision = "{number}"
down_revision = {down!r}


def upgrade():
    {statements}


def downgrade():
    op.execute("DROP TABLE {table}")
"""
NOTE = """op.execute("CREATE TABLE {0} AS SELECT current_setting('lock_timeout') AS timeout")"""


def write_revision(project: Project, number: int, *statements: str) -> None:
    """Write a revision that notes the timeout in a table `noted_<number>` and does more."""
    note = NOTE.format(f"noted_{number}")
    content = REVISION.format(
        number=number,
        down=str(number - 1) if number > 1 else None,
        statements="\n    ".join((*statements, note)),
        table=f"noted_{number}",
    )
    (project.migrations / "versions" / f"{number}.py").write_text(content)


def change_hooks(project: Project, lock_timeout: str) -> None:
    """Write another line in the place of `lock_timeout = 5`."""
    hooks = project.migrations / "hooks.py"
    assert "\nlock_timeout = 5\n" in hooks.read_text()
    hooks.write_text(hooks.read_text().replace("lock_timeout = 5", lock_timeout))


def noted(project: Project, number: int) -> str:
    """Return the timeout that a revision had."""
    assert project.url
    with plain_engine(project.url).connect() as connection:
        return str(connection.scalar(text(f"SELECT timeout FROM noted_{number}")))


@contextmanager
def session_that_uses(project: Project, table: str) -> Iterator[None]:
    """Read the table in a transaction that stays open, as any query of an application does."""
    assert project.url
    with plain_engine(project.url).connect() as connection:
        connection.execute(text(f"SELECT * FROM {table}"))
        yield


@pytest.fixture(params=DRIVERS, ids="-".join)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """Render a project with one revision, which is applied."""
    mode, driver = request.param
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, mode=mode, driver=driver)
        write_revision(project, 1)
        project.run("upgrade", "head")
        yield project


def test_default_is_five_seconds_also_for_an_older_hooks_py(project: Project) -> None:
    assert noted(project, 1) == "5s"
    change_hooks(project, "")
    write_revision(project, 2)
    project.run("upgrade", "head")
    assert noted(project, 2) == "5s"


def test_migration_that_needs_a_used_table_fails_and_says_what_to_do(project: Project) -> None:
    assert project.url
    change_hooks(project, SHORT)
    write_revision(project, 2)
    write_revision(project, 3, 'op.execute("ALTER TABLE noted_1 ADD c int")')
    write_revision(project, 4)
    alter = """op.execute("CREATE TABLE half ()"); op.execute("ALTER TABLE noted_1 ADD c int")"""
    write_revision(project, 3, alter)
    with session_that_uses(project, "noted_1"):
        with pytest.raises(CommandError) as error:
            project.run("upgrade", "head")
        assert str(error.value) == (
            "Revision 3 waited 0.3 seconds for a table that another session uses, and was undone: "
            "try again when it is free, or raise lock_timeout in hooks.py"
        )
        assert catalogue_of(project.url)["tables"].keys() == {"noted_1", "noted_2"}
        assert "2" in project.run("current").split()
    project.run("upgrade", "head")
    assert catalogue_of(project.url)["tables"].keys() == {
        *("noted_1", "noted_2", "noted_3", "noted_4", "half")
    }


def test_downgrade_has_the_limit_too(project: Project) -> None:
    change_hooks(project, SHORT)
    with (
        session_that_uses(project, "noted_1"),
        pytest.raises(CommandError, match=r"^Revision 1 waited 0\.3 seconds"),
    ):
        project.run("downgrade", "base")


def test_migration_can_have_its_own(project: Project) -> None:
    write_revision(project, 2, """op.execute("SET LOCAL lock_timeout = '1min'")""")
    write_revision(project, 3)
    project.run("upgrade", "head")
    assert (noted(project, 2), noted(project, 3)) == ("1min", "5s")


def test_zero_is_for_ever(project: Project) -> None:
    change_hooks(project, "lock_timeout = 0  # for ever")
    write_revision(project, 2)
    project.run("upgrade", "head")
    assert noted(project, 2) == "0"


def test_index_can_be_created_concurrently(project: Project) -> None:
    assert project.url
    index = "op.create_index('ix', 'noted_1', ['timeout'], postgresql_concurrently=True)"
    block = f"with op.get_context().autocommit_block():\n        {index}"
    write_revision(project, 2, block)
    project.run("upgrade", "head")
    (created,) = catalogue_of(project.url)["tables"]["noted_1"]["indexes"]
    assert created["name"] == "ix"
    assert noted(project, 2) == "5s"


@pytest.mark.parametrize("begun", [False, True], ids=["connection", "transaction"])
def test_timeout_does_not_outlive_the_migrations_on_a_given_connection(
    begun: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    with database("postgresql+psycopg", tmp_path) as url:
        project = new_project(tmp_path, url, driver="postgresql+psycopg")
        write_revision(project, 1)
        show = text("SHOW lock_timeout")
        config = project.config()
        with plain_engine(url).connect() as connection, project.imported():
            if begun:
                connection.execute(text("SET LOCAL lock_timeout = '7s'"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            assert connection.scalar(show) == ("7s" if begun else "0")
            connection.commit()
            assert connection.scalar(show) == "0"
            noted_timeout = connection.scalar(text("SELECT timeout FROM noted_1"))
            assert noted_timeout == ("7s" if begun else "5s")
