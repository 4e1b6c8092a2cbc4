"""Who waits for whom: schemas, older files of the template, engines and roles (promise 5)."""

from __future__ import annotations

import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, pool, text
from sqlalchemy.schema import CreateSchema

from support.databases import admin_engine, database, plain_engine, table_names
from support.migrations import Project, new_project
from test_lock import POSTGRESQL, SEVERAL_WRITERS

REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade():
    op.create_table("one", sa.Column("id", sa.Integer))


def downgrade():
    op.drop_table("one")
"""
SECOND = """
from alembic import op

revision = "2"
down_revision = "1"


def upgrade():
    op.execute("INSERT INTO note VALUES (1)")
    op.execute("CREATE INDEX ix ON note (id)")
"""
MYSQL = [
    driver
    for mode, driver in SEVERAL_WRITERS
    if mode == "sync" and driver.startswith(("mysql+", "mariadb+"))
]
ANOTHER = r"Another process has been migrating this database for 0\.2 seconds"
# What env.py held before its lock knew of schemas.
OLDER = text(f"SELECT pg_try_advisory_xact_lock({zlib.crc32(b'None.alembic_version')})")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[URL]:
    with database("postgresql+psycopg", tmp_path) as url:
        yield url


@pytest.fixture
def engine(url: URL) -> Iterator[Engine]:
    engine = plain_engine(url)
    with engine.begin() as connection:
        for schema in ("first", "second"):
            connection.execute(CreateSchema(schema))
    yield engine
    engine.dispose()


@pytest.fixture
def project(url: URL, tmp_path: Path) -> Project:
    """Render a project that waits for moments alone."""
    project = new_project(tmp_path, url, driver="postgresql+psycopg")
    (project.migrations / "versions" / "1.py").write_text(REVISION)
    hooks = project.migrations / "hooks.py"
    hooks.write_text(hooks.read_text().replace("lock_wait = 600", "lock_wait = 0.2"))
    return project


def upgrade(project: Project, connection: Connection | Engine) -> None:
    config = project.config()
    config.attributes["connection"] = connection
    with project.imported():
        command.upgrade(config, "head")


def by_search_path(connection: Connection, schema: str) -> None:
    connection.execute(text(f"SET search_path TO {schema}, public"))
    connection.commit()


def by_translation(connection: Connection, schema: str) -> None:
    connection.execution_options(schema_translate_map={None: schema})


@pytest.mark.parametrize("choose", [by_search_path, by_translation])
def test_those_that_migrate_their_own_schemas_do_not_wait_for_each_other(
    choose: Callable[[Connection, str], None], project: Project, engine: Engine
) -> None:
    with ExitStack() as stack:
        for schema in ("first", "second"):
            connection = stack.enter_context(engine.connect())
            choose(connection, schema)
            connection.begin()
            upgrade(project, connection)
            tables = inspect(connection).get_table_names(schema)
            assert {*tables} == {"alembic_version", "one"}


def test_those_whose_search_paths_find_the_same_tables_wait(
    project: Project, engine: Engine
) -> None:
    project.run("upgrade", "head")
    project.run("downgrade", "base")
    with engine.connect() as first, engine.connect() as second:
        by_search_path(first, "first")
        by_search_path(second, "second")
        first.begin()
        upgrade(project, first)
        with pytest.raises(CommandError, match=ANOTHER):
            upgrade(project, second)


def test_older_env_py_and_this_one_wait_for_each_other(project: Project, engine: Engine) -> None:
    with engine.connect() as older, engine.connect() as given:
        assert older.scalar(OLDER)
        with pytest.raises(CommandError, match=ANOTHER):
            project.run("upgrade", "head")
        older.rollback()
        by_search_path(given, "first")
        given.begin()
        upgrade(project, given)
        assert not older.scalar(OLDER)
        older.rollback()
        given.commit()
        assert older.scalar(OLDER)


@pytest.mark.parametrize("there", ["the same database", "another database"])
def test_migration_without_a_lock_is_waited_for_in_its_own_database(
    there: str, project: Project, url: URL, tmp_path: Path
) -> None:
    key = zlib.crc32(b"public.alembic_version")
    statement = f"/* migrates {key} */ SELECT pg_sleep(60)"  # as pooler.py marks it
    with database("postgresql+psycopg", tmp_path) as other:
        at = plain_engine(url if there == "the same database" else other)
        with at.connect() as connection, ThreadPoolExecutor() as executor:
            pid = connection.scalar(text("SELECT pg_backend_pid()"))
            seen = f"SELECT FROM pg_stat_activity WHERE pid = {pid} AND query ~ 'pg_sleep'"
            asleep = executor.submit(connection.exec_driver_sql, statement)
            with admin_engine("postgresql").connect() as admin:
                while not admin.exec_driver_sql(seen).all():
                    time.sleep(0.01)
                try:
                    if at.url.database == url.database:
                        with pytest.raises(CommandError, match=ANOTHER):
                            project.run("upgrade", "head")
                    else:
                        project.run("upgrade", "head")
                finally:
                    admin.exec_driver_sql(f"SELECT pg_cancel_backend({pid})")
            assert asleep.exception()


@pytest.mark.parametrize("level", ["AUTOCOMMIT", "REPEATABLE READ", "SERIALIZABLE"])
def test_lock_holds_at_every_isolation_level(level: Any, project: Project, url: URL) -> None:
    engine = create_engine(url, isolation_level=level)
    held: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def see(_: Connection, __: object, statement: str, *___: object) -> None:
        if statement.strip().startswith("CREATE TABLE one"):
            held.append(project.cli("upgrade", "head").stderr)  # what waits, and gives up

    upgrade(project, engine)
    engine.dispose()
    (said,) = held
    assert "Waiting for another process" in said
    assert "Running upgrade" not in said
    assert table_names(url) == {"one"}


@pytest.fixture
def role() -> Iterator[str]:
    """Create a role that may connect once at a time, with its name as the password."""
    name = f"r_{uuid.uuid4().hex[:16]}"
    with admin_engine("postgresql").connect() as admin:
        admin.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD '{name}' CONNECTION LIMIT 1"))
        yield name
        admin.execute(text(f"DROP ROLE {name}"))


@pytest.mark.parametrize(("mode", "driver"), POSTGRESQL, ids=str)
def test_role_with_one_connection_is_enough(
    mode: str, driver: str, role: str, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as url:
        with admin_engine("postgresql").connect() as admin:
            admin.execute(text(f"ALTER DATABASE {url.database} OWNER TO {role}"))
        as_role = url.set(username=role, password=role)
        project = new_project(tmp_path, as_role, mode=mode, driver=driver)
        project.autogenerate("create tables")
        project.run("upgrade", "head")
        project.run("check")
        project.run("downgrade", "base")


@pytest.mark.parametrize("driver", MYSQL)
def test_transaction_that_began_before_another_migrated_is_refused(
    driver: str, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as url:
        engine = create_engine(url, poolclass=pool.NullPool)
        project = new_project(tmp_path, url, driver=driver)
        (project.migrations / "versions" / "1.py").write_text(REVISION)
        project.run("upgrade", "head")
        (project.migrations / "versions" / "2.py").write_text(SECOND)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE note (id int)"))
        with engine.connect() as connection:
            connection.execute(text("SELECT * FROM one"))  # now it sees no later change
            project.run("upgrade", "head")
            with pytest.raises(CommandError, match=r"^The transaction that was given is older"):
                upgrade(project, connection)
            connection.rollback()
            upgrade(project, connection)
            assert connection.scalar(text("SELECT count(*) FROM note")) == 1
