"""A migration does not wait long for a table that others use (promise 7)."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import text

from support import template
from support.contents import contents
from support.databases import database, plain_engine, table_names
from support.migrations import Project, new_project

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


def change_hooks(
    project: Project, lock_timeout: str, lock_wait: str = "lock_wait = 0  # once"
) -> None:
    """Write other lines in the place of those of `lock_timeout` and `lock_wait`."""
    hooks = project.migrations / "hooks.py"
    for name, line in (("lock_timeout", lock_timeout), ("lock_wait", lock_wait)):
        content, found = re.subn(rf"(?m)^{name} = .*$", line, hooks.read_text())
        assert found == 1
        hooks.write_text(content)


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


def test_default_is_a_second_also_for_an_older_hooks_py(project: Project) -> None:
    assert noted(project, 1) == "1s"
    change_hooks(project, "", "")
    write_revision(project, 2)
    project.run("upgrade", "head")
    assert noted(project, 2) == "1s"


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
        assert table_names(project.url) == {"noted_1", "noted_2"}
        assert "2" in project.run("current").split()
    project.run("upgrade", "head")
    assert table_names(project.url) == {*("noted_1", "noted_2", "noted_3", "noted_4", "half")}


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
    assert (noted(project, 2), noted(project, 3)) == ("1min", "1s")


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
    index = "index public.noted_1 ix CREATE INDEX ON public.noted_1 USING btree (timeout) t"
    assert index in contents(project.url)
    assert noted(project, 2) == "1s"


# --- By the kind of statement -------------------------------------------------------------------

BLOCK = """with op.get_context().autocommit_block():
        {}"""
# What nothing waits behind, by name: what it needs, what another session has done and not yet
# committed, and itself; the last three in an autocommit_block().
HARMLESS = {
    "VALIDATE CONSTRAINT": (
        "ALTER TABLE noted_1 ADD CONSTRAINT short CHECK (length(timeout) < 9) NOT VALID",
        "COMMENT ON TABLE noted_1 IS 'in use'",
        "op.execute('ALTER TABLE noted_1 VALIDATE CONSTRAINT short')",
    ),
    "REFRESH CONCURRENTLY": (
        """CREATE MATERIALIZED VIEW seen AS SELECT timeout FROM noted_1;
        CREATE UNIQUE INDEX ON seen (timeout)""",
        "COMMENT ON MATERIALIZED VIEW seen IS 'in use'",
        "op.execute('REFRESH MATERIALIZED VIEW CONCURRENTLY seen')",
    ),
    "CREATE INDEX CONCURRENTLY": (
        "SELECT",
        "INSERT INTO noted_1 VALUES ('more')",
        BLOCK.format("op.create_index('ix', 'noted_1', ['timeout'], postgresql_concurrently=True)"),
    ),
    "DROP INDEX CONCURRENTLY": (
        "CREATE INDEX ix ON noted_1 (timeout)",
        "SELECT FROM noted_1",
        BLOCK.format("op.drop_index('ix', postgresql_concurrently=True)"),
    ),
    "REINDEX CONCURRENTLY": (
        "CREATE INDEX ix ON noted_1 (timeout)",
        "INSERT INTO noted_1 VALUES ('more')",
        BLOCK.format("op.execute('REINDEX INDEX CONCURRENTLY ix')"),
    ),
    "DETACH CONCURRENTLY": (
        """CREATE TABLE whole (id int) PARTITION BY LIST (id);
        CREATE TABLE part PARTITION OF whole FOR VALUES IN (1)""",
        "SELECT FROM whole",
        BLOCK.format("op.execute('ALTER TABLE whole DETACH PARTITION part CONCURRENTLY')"),
    ),
}
DRIVERS_OF_KINDS = [("sync", "postgresql+psycopg"), ("async", "postgresql+asyncpg")]


@contextmanager
def session_that_ends_late(project: Project, statement: str) -> Iterator[None]:
    """Keep a transaction open until a migration has waited for longer than its limit."""
    assert project.url
    with plain_engine(project.url).connect() as connection:
        connection.execute(text(statement))
        waiting = text("""SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'""")

        def end() -> None:
            with plain_engine(project.url).connect() as observer:
                while not observer.scalar(waiting):
                    observer.rollback()
                    time.sleep(0.02)
            time.sleep(3 * 0.3)
            connection.rollback()

        thread = threading.Thread(target=end, daemon=True)
        thread.start()
        yield
        thread.join()


@pytest.mark.parametrize("kind", HARMLESS)
@pytest.mark.parametrize("project", DRIVERS_OF_KINDS, indirect=True, ids="-".join)
def test_statement_behind_which_nothing_waits_has_no_limit(project: Project, kind: str) -> None:
    assert project.url
    change_hooks(project, SHORT)
    prepare, other, statement = HARMLESS[kind]
    with plain_engine(project.url).begin() as connection:
        connection.execute(text(prepare))
    write_revision(project, 2, statement)
    with session_that_ends_late(project, other):
        project.run("upgrade", "head")
    assert noted(project, 2) == "300ms"  # for the statements after it


def test_statement_that_blocks_has_the_limit_in_an_autocommit_block_too(project: Project) -> None:
    assert project.url
    change_hooks(project, SHORT)
    write_revision(project, 2)
    column = "op.add_column('noted_1', sa.Column('c', sa.Integer))"
    write_revision(project, 3, "import sqlalchemy as sa", BLOCK.format(column))
    with session_that_uses(project, "noted_1"):
        with pytest.raises(CommandError) as error:
            project.run("upgrade", "head")
        assert str(error.value) == (
            "Revision 3 waited 0.3 seconds for a table that another session uses, and was undone "
            "but for what its autocommit_block() committed: "
            "try again when it is free, or raise lock_timeout in hooks.py"
        )
    project.run("upgrade", "head")
    assert "order public.noted_1 timeout, c" in contents(project.url)


@pytest.mark.parametrize("project", DRIVERS_OF_KINDS, indirect=True, ids="-".join)
def test_migration_s_own_limit_wins_in_an_autocommit_block(project: Project) -> None:
    change_hooks(project, SHORT)
    statements = ("SET lock_timeout = '1min'", "ALTER TABLE noted_1 ADD c int")
    block = "\n        ".join(f'op.execute("{each}")' for each in statements)
    write_revision(project, 2, BLOCK.format(block))
    with session_that_ends_late(project, "SELECT FROM noted_1"):
        project.run("upgrade", "head")


@pytest.mark.parametrize("project", DRIVERS_OF_KINDS, indirect=True, ids="-".join)
def test_limit_stays_where_others_may_wait_for_the_migration_already(project: Project) -> None:
    assert project.url
    change_hooks(project, SHORT)
    prepare, other, validate = HARMLESS["VALIDATE CONSTRAINT"]
    with plain_engine(project.url).begin() as connection:
        connection.execute(text(prepare))
        connection.execute(text("CREATE TABLE another ()"))
    write_revision(project, 2, 'op.execute("ALTER TABLE another ADD c int")', validate)
    with plain_engine(project.url).connect() as connection:
        connection.execute(text(other))
        with pytest.raises(CommandError, match=r"^Revision 2 waited 0\.3 seconds"):
            project.run("upgrade", "head")


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
            assert noted_timeout == ("7s" if begun else "1s")


# --- MySQL and MariaDB ------------------------------------------------------------------------

MYSQL = [
    (mode, driver)
    for mode, driver in template.MODES_AND_DRIVERS
    if driver.startswith(("mysql+", "mariadb+"))
]

NOTE_LIMITS = """op.execute("CREATE TABLE noted_{0} AS SELECT @@lock_wait_timeout AS tables_,"
               " @@innodb_lock_wait_timeout AS rows_")"""


@pytest.fixture
def on_mysql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """Render a project with a revision that notes its limits and is applied."""
    mode, driver = request.param
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, mode=mode, driver=driver)
        write_mysql_revision(project, 1)
        project.run("upgrade", "head")
        yield project


def write_mysql_revision(project: Project, number: int, *statements: str) -> None:
    """Write a revision that does this, and then notes its limits."""
    content = REVISION.format(
        number=number,
        down=str(number - 1) if number > 1 else None,
        statements="\n    ".join((*statements, NOTE_LIMITS.format(number))),
        table=f"noted_{number}",
    )
    (project.migrations / "versions" / f"{number}.py").write_text(content)


def limits(project: Project, number: int) -> tuple[int, int]:
    """Return the limits that a revision had, for tables and for rows."""
    assert project.url
    with plain_engine(project.url).connect() as connection:
        tables, rows = connection.execute(text(f"SELECT * FROM noted_{number}")).one()
        return tables, rows


@pytest.mark.parametrize("on_mysql", MYSQL, indirect=True, ids="-".join)
def test_default_is_five_seconds_on_mysql_too(on_mysql: Project) -> None:
    assert limits(on_mysql, 1) == (5, 5)
    change_hooks(on_mysql, "")
    write_mysql_revision(on_mysql, 2)
    on_mysql.run("upgrade", "head")
    assert limits(on_mysql, 2) == (5, 5)


@pytest.mark.parametrize(
    "statement",
    ["ALTER TABLE noted_1 ADD c int", "UPDATE noted_1 SET rows_ = 1"],
    ids=["table", "row"],
)
@pytest.mark.parametrize("on_mysql", MYSQL, indirect=True, ids="-".join)
def test_migration_that_needs_what_is_used_on_mysql_fails_and_says_what_to_do(
    on_mysql: Project, statement: str
) -> None:
    assert on_mysql.url
    change_hooks(on_mysql, SHORT)
    write_mysql_revision(on_mysql, 2)
    write_mysql_revision(on_mysql, 3, f'op.execute("{statement}")')
    with plain_engine(on_mysql.url).connect() as connection:
        connection.execute(text("SELECT * FROM noted_1 FOR UPDATE"))
        with pytest.raises(CommandError) as error:
            on_mysql.run("upgrade", "head")
        assert str(error.value) == (
            "Revision 3 waited 0.3 seconds for a table that another session uses, and its "
            "statements before that stand, because MySQL and MariaDB can't undo them: "
            "try again when it is free, or raise lock_timeout in hooks.py"
        )
        assert "2" in on_mysql.run("current").split()
    on_mysql.run("upgrade", "head")
    assert limits(on_mysql, 3) == (1, 1)  # whole seconds, at least one


@pytest.mark.parametrize("on_mysql", MYSQL[:1], indirect=True, ids="-".join)
def test_migration_can_have_its_own_on_mysql(on_mysql: Project) -> None:
    write_mysql_revision(on_mysql, 2, 'op.execute("SET lock_wait_timeout = 60")')
    write_mysql_revision(on_mysql, 3)
    on_mysql.run("upgrade", "head")
    assert (limits(on_mysql, 2), limits(on_mysql, 3)) == ((60, 5), (5, 5))


@pytest.mark.parametrize("on_mysql", MYSQL[:1], indirect=True, ids="-".join)
def test_zero_is_for_ever_on_mysql(on_mysql: Project) -> None:
    change_hooks(on_mysql, "lock_timeout = 0")
    write_mysql_revision(on_mysql, 2)
    on_mysql.run("upgrade", "head")
    year = 365 * 24 * 60 * 60
    assert limits(on_mysql, 2) == (year, year)


@pytest.mark.parametrize("fails", [False, True], ids=["", "fails"])
@pytest.mark.parametrize("on_mysql", MYSQL[:1], indirect=True, ids="-".join)
def test_given_connection_has_its_own_limits_again(
    on_mysql: Project,
    fails: bool,  # noqa: FBT001
) -> None:
    assert on_mysql.url
    write_mysql_revision(on_mysql, 2, "op.execute('SELECT nothing')" if fails else "pass")
    config = on_mysql.config()
    with plain_engine(on_mysql.url).connect() as connection, on_mysql.imported():
        connection.execute(text("SET lock_wait_timeout = 77, innodb_lock_wait_timeout = 78"))
        connection.commit()
        config.attributes["connection"] = connection
        with pytest.raises(CommandError) if fails else contextlib.nullcontext():
            command.upgrade(config, "head")
        query = text("SELECT @@lock_wait_timeout, @@innodb_lock_wait_timeout")
        assert tuple(connection.execute(query).one()) == (77, 78)
        if not fails:
            assert limits(on_mysql, 2) == (5, 5)
