"""A connection or an engine from code is used as it is, and no URL beside it (promise 2)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, pool, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.schema import CreateSchema

from support import processes, template
from support.contents import EMPTY, contents
from support.databases import database, has_server, plain_engine, table_names
from support.migrations import Project, new_project

REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = {down!r}


def upgrade():
    op.create_table("{table}", sa.Column("id", sa.Integer, primary_key=True))
"""
TABLES = {"one", "two"}
TRANSACTIONAL = ("sqlite", "postgresql")


def drivers(mode: str, *databases: str) -> list[str]:
    """Return the drivers of a mode that have a server, of these databases or of all."""
    return [
        driver
        for driver in template.choices("driver", mode=mode)
        if has_server(driver) and driver.startswith(databases or "")
    ]


def nowhere(driver: str) -> URL:
    """Return a URL that nothing can connect to."""
    if driver.startswith("sqlite"):
        return URL.create(driver, database="/nonexistent/file.db")
    return URL.create(driver, "user", "hunter2", "127.0.0.1", 1, "nowhere")


def project_of(mode: str, driver: str, folder: Path) -> Project:
    """Render a project with two revisions, whose DATABASE_URL is of no use."""
    project = new_project(folder, nowhere(driver), mode=mode, driver=driver)
    for number, table in enumerate(("one", "two"), start=1):
        down = str(number - 1) if number > 1 else None
        revision = REVISION.format(number=number, down=down, table=table)
        (project.migrations / "versions" / f"{number}.py").write_text(revision)
    return project


def upgrade(project: Project, connection: object) -> None:
    """Upgrade on what the Config's attributes hold."""
    config = project.config()
    config.attributes["connection"] = connection
    with project.imported():
        command.upgrade(config, "head")


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """Create an empty database for the test's driver."""
    with database(request.getfixturevalue("driver"), tmp_path) as url:
        yield url


@pytest.fixture
def engine(url: URL) -> Iterator[Engine]:
    """Return an application's engine."""
    engine = create_engine(url)
    yield engine
    engine.dispose()


# --- A connection or an engine ----------------------------------------------------------------


@pytest.mark.parametrize("driver", drivers("sync"))
def test_connection_is_used(driver: str, engine: Engine, tmp_path: Path) -> None:
    with engine.connect() as connection:
        upgrade(project_of("sync", driver, tmp_path), connection)
        assert not connection.in_transaction()
    assert table_names(engine.url) == TABLES


@pytest.mark.parametrize("driver", drivers("sync"))
def test_engine_is_used(driver: str, engine: Engine, tmp_path: Path) -> None:
    upgrade(project_of("sync", driver, tmp_path), engine)
    with engine.connect() as connection:
        assert tables(connection) == TABLES


@pytest.mark.parametrize("driver", drivers("sync"))
def test_engine_s_pool_keeps_no_lock(driver: str, engine: Engine, tmp_path: Path) -> None:
    project = project_of("sync", driver, tmp_path)
    with (project.migrations / "hooks.py").open("a") as hooks:
        hooks.write("lock_wait = 0.5\n")
    upgrade(project, engine)
    another = create_engine(engine.url)
    upgrade(project, another)
    another.dispose()


ONE = {"pool_size": 1, "max_overflow": 0, "pool_timeout": 1}


@pytest.mark.parametrize("driver", drivers("sync"))
def test_engine_with_room_for_one_connection_is_enough(
    driver: str, url: URL, tmp_path: Path
) -> None:
    engine = create_engine(url, **ONE)
    upgrade(project_of("sync", driver, tmp_path), engine)
    with engine.connect() as connection:
        assert tables(connection) == TABLES
    engine.dispose()


@pytest.mark.parametrize("driver", drivers("async"))
def test_async_engine_with_room_for_one_connection_is_enough(
    driver: str, url: URL, tmp_path: Path
) -> None:
    upgrade(project_of("async", driver, tmp_path), create_async_engine(url, **ONE))
    assert table_names(url) == TABLES


@pytest.mark.parametrize("of_engine", [True, False], ids=["engine", "connection"])
@pytest.mark.parametrize("driver", drivers("async"))
def test_sync_engine_and_its_connection_are_used_in_an_async_project(
    driver: str, url: URL, tmp_path: Path, *, of_engine: bool
) -> None:
    project = project_of("async", driver, tmp_path)
    with plain_engine(url).connect() as connection:
        upgrade(project, connection.engine if of_engine else connection)
    assert table_names(url) == TABLES


async def with_connection(project: Project, engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: upgrade(project, sync))


async def with_async_connection(project: Project, engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(lambda _: upgrade(project, connection))


@pytest.mark.parametrize("way", [with_connection, with_async_connection])
@pytest.mark.parametrize("driver", drivers("async"))
def test_connection_is_used_in_run_sync(
    driver: str, way: Callable[..., Any], url: URL, tmp_path: Path
) -> None:
    async def main() -> set[str]:
        engine = create_async_engine(url)
        await way(project_of("async", driver, tmp_path), engine)
        async with engine.connect() as connection:
            found = await connection.run_sync(tables)
        await engine.dispose()
        return found

    assert asyncio.run(main()) == TABLES


@pytest.mark.parametrize("driver", drivers("async"))
def test_async_connection_is_used_where_the_driver_can_and_else_refused(
    driver: str, url: URL, tmp_path: Path
) -> None:
    project = project_of("async", driver, tmp_path)

    async def main() -> str:
        engine = create_async_engine(url)
        message = ""
        async with engine.connect() as connection:
            try:
                upgrade(project, connection)
            except CommandError as error:
                message = str(error)
            # The application goes on with it.
            assert await connection.scalar(text("SELECT 1")) == 1
        await engine.dispose()
        return message

    message = asyncio.run(main())
    if driver in ("sqlite+aiosqlite", "postgresql+psycopg"):
        assert message == ""
        assert table_names(url) == TABLES
    else:
        assert message == (
            "An AsyncConnection belongs to its event loop: "
            "await connection.run_sync(lambda _: command.upgrade(config, ...))"
        )
        assert contents(url) == EMPTY


@pytest.mark.parametrize("driver", drivers("async"))
def test_async_engine_is_used_outside_an_event_loop(driver: str, url: URL, tmp_path: Path) -> None:
    engine = create_async_engine(url)
    upgrade(project_of("async", driver, tmp_path), engine)

    async def main() -> set[str]:
        async with engine.connect() as connection:
            found = await connection.run_sync(tables)
        await engine.dispose()
        return found

    assert asyncio.run(main()) == TABLES


# --- The owner's transaction ------------------------------------------------------------------


@pytest.mark.parametrize("end", ["commit", "rollback"])
@pytest.mark.parametrize("driver", drivers("sync", *TRANSACTIONAL))
def test_the_owner_ends_its_transaction(
    driver: str, end: str, engine: Engine, tmp_path: Path
) -> None:
    project = project_of("sync", driver, tmp_path)
    with engine.connect() as connection:
        transaction = connection.begin()
        upgrade(project, connection)
        assert transaction.is_active
        assert tables(connection) == TABLES
        assert contents(engine.url) == EMPTY
        getattr(transaction, end)()
    assert table_names(engine.url) == (TABLES if end == "commit" else set())


@pytest.mark.parametrize("end", ["commit", "rollback"])
@pytest.mark.parametrize("driver", drivers("async", *TRANSACTIONAL))
def test_the_owner_ends_its_transaction_in_an_event_loop(
    driver: str, end: str, url: URL, tmp_path: Path
) -> None:
    project = project_of("async", driver, tmp_path)

    async def main() -> None:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            transaction = await connection.begin()
            await connection.run_sync(lambda sync: upgrade(project, sync))
            assert transaction.is_active
            assert await connection.run_sync(tables) == TABLES
            assert contents(url) == EMPTY
            await getattr(transaction, end)()
        await engine.dispose()

    asyncio.run(main())
    assert table_names(url) == (TABLES if end == "commit" else set())


@pytest.mark.parametrize("driver", drivers("sync", *TRANSACTIONAL))
def test_the_owner_s_error_undoes_the_migration(
    driver: str, engine: Engine, tmp_path: Path
) -> None:
    project = project_of("sync", driver, tmp_path)
    with contextlib.suppress(ZeroDivisionError), engine.begin() as connection:
        upgrade(project, connection)
        raise ZeroDivisionError
    assert contents(engine.url) == EMPTY
    upgrade(project, engine)
    assert table_names(engine.url) == TABLES


@pytest.mark.parametrize("driver", drivers("sync", *TRANSACTIONAL))
def test_the_owner_s_savepoint_undoes_the_migration_alone(
    driver: str, engine: Engine, tmp_path: Path
) -> None:
    project = project_of("sync", driver, tmp_path)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE zero (id INTEGER PRIMARY KEY)")
        savepoint = connection.begin_nested()
        upgrade(project, connection)
        savepoint.rollback()
    assert table_names(engine.url) == {"zero"}


@pytest.mark.parametrize("driver", drivers("sync", *TRANSACTIONAL))
def test_another_process_waits_for_the_owner_s_commit(
    driver: str, engine: Engine, tmp_path: Path
) -> None:
    project = project_of("sync", driver, tmp_path)
    with engine.begin() as connection:
        upgrade(project, connection)
        project.url = engine.url
        other = processes.Upgrade(project, tmp_path / "output")
        other.until(other.waits_for_another)
        assert other.process.is_alive()
    assert other.end() == (0, [])
    assert "Running upgrade" not in other.output.read_text()
    assert table_names(engine.url) == TABLES


# --- What an engine has beside its URL --------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"poolclass": pool.StaticPool}], ids=["", "static"])
def test_database_in_memory_keeps_its_tables(options: dict[str, Any], tmp_path: Path) -> None:
    engine = create_engine("sqlite://", **options)
    upgrade(project_of("sync", "sqlite+pysqlite", tmp_path), engine)
    with engine.connect() as connection:
        assert tables(connection) == TABLES
    engine.dispose()


@pytest.mark.parametrize("in_loop", [True, False])
@pytest.mark.parametrize("options", [{}, {"poolclass": pool.StaticPool}], ids=["", "static"])
@pytest.mark.parametrize("driver", ["sqlite+aiosqlite", "postgresql+asyncpg"])
def test_async_database_in_memory_keeps_its_tables(
    driver: str, options: dict[str, Any], tmp_path: Path, *, in_loop: bool
) -> None:
    project = project_of("async", driver, tmp_path)
    engine = create_async_engine("sqlite+aiosqlite://", **options)
    if not in_loop:
        upgrade(project, engine)

    async def main() -> set[str]:
        if in_loop:
            upgrade(project, engine)
        async with engine.connect() as connection:
            found = await connection.run_sync(tables)
        await engine.dispose()
        return found

    assert asyncio.run(main()) == TABLES


def tenant(url: URL) -> None:
    with plain_engine(url).begin() as connection:
        connection.execute(CreateSchema("tenant"))


def tenant_s_tables(url: URL) -> set[str]:
    with plain_engine(url).connect() as connection:
        assert tables(connection) == set()
        return set(inspect(connection).get_table_names("tenant"))


def use_tenant(connection: Any, _: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET search_path TO tenant")
    connection.commit()


@pytest.mark.parametrize("driver", drivers("sync", "postgresql+psycopg"))
def test_engine_s_events_apply(driver: str, engine: Engine, tmp_path: Path) -> None:
    tenant(engine.url)
    event.listen(engine, "connect", use_tenant)
    upgrade(project_of("sync", driver, tmp_path), engine)
    assert tenant_s_tables(engine.url) == {"alembic_version"} | TABLES


async def outside(project: Project, engine: AsyncEngine) -> None:
    await asyncio.to_thread(upgrade, project, engine)


async def inside(project: Project, engine: AsyncEngine) -> None:
    upgrade(project, engine)


@pytest.mark.parametrize("way", [outside, inside])
@pytest.mark.parametrize("driver", drivers("async", "postgresql"))
def test_async_engine_s_events_apply(
    driver: str, way: Callable[..., Any], url: URL, tmp_path: Path
) -> None:
    tenant(url)
    project = project_of("async", driver, tmp_path)

    async def main() -> None:
        engine = create_async_engine(url)
        begun = []

        def use_tenant(connection: Connection) -> None:
            begun.append(connection)
            connection.exec_driver_sql("SET LOCAL search_path TO tenant")

        event.listen(engine.sync_engine, "begin", use_tenant)
        await way(project, engine)
        assert begun
        await engine.dispose()

    asyncio.run(main())
    assert tenant_s_tables(url) == {"alembic_version"} | TABLES


@pytest.mark.parametrize("driver", drivers("sync", "postgresql+psycopg"))
def test_engine_s_execution_options_apply(driver: str, engine: Engine, tmp_path: Path) -> None:
    tenant(engine.url)
    translated = engine.execution_options(schema_translate_map={None: "tenant"})
    upgrade(project_of("sync", driver, tmp_path), translated)
    assert tenant_s_tables(engine.url) == {"alembic_version"} | TABLES


@pytest.mark.parametrize("driver", drivers("async"))
def test_events_of_an_async_engine_apply_to_the_same_with_options(
    driver: str, url: URL, tmp_path: Path
) -> None:
    project = project_of("async", driver, tmp_path)
    engine = create_async_engine(url)
    with_options = engine.execution_options(tenant="one")
    begun: list[Connection] = []
    event.listen(engine.sync_engine, "begin", begun.append)
    upgrade(project, with_options)
    assert begun


@pytest.mark.parametrize("way", [outside, inside])
@pytest.mark.parametrize("driver", drivers("async", "postgresql"))
def test_async_engine_s_execution_options_apply_and_its_pool_stays(
    driver: str, way: Callable[..., Any], url: URL, tmp_path: Path
) -> None:
    tenant(url)
    project = project_of("async", driver, tmp_path)

    async def main() -> None:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            query = text("SELECT pg_backend_pid()")
            process = await connection.scalar(query)
        before = engine.pool
        translated = engine.execution_options(schema_translate_map={None: "tenant"})
        await way(project, translated)
        assert engine.pool is before
        async with engine.connect() as connection:
            assert await connection.scalar(query) == process
        await engine.dispose()

    asyncio.run(main())
    assert tenant_s_tables(url) == {"alembic_version"} | TABLES


# --- What can't be used -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "given", "name"),
    [
        ("sync", create_async_engine("sqlite+aiosqlite://"), "AsyncEngine"),
        ("sync", create_async_engine("sqlite+aiosqlite://").connect(), "AsyncConnection"),
        ("sync", "postgresql://user:hunter2@host/app", "str"),
        ("async", "postgresql://user:hunter2@host/app", "str"),
    ],
)
def test_another_object_is_refused_in_one_line(
    mode: str, given: object, name: str, tmp_path: Path
) -> None:
    project = project_of(mode, template.choices("driver", mode=mode)[0], tmp_path)
    with pytest.raises(CommandError, match=rf"migrations run on [^\n]*, not on [^\n]*{name}") as e:
        upgrade(project, given)
    assert "\n" not in str(e.value)
    assert "hunter2" not in str(e.value)


@pytest.mark.parametrize(
    ("mode", "driver", "create"),
    [
        ("sync", "postgresql+psycopg", create_engine),
        ("async", "postgresql+psycopg", create_engine),
        ("async", "postgresql+asyncpg", create_async_engine),
    ],
)
def test_engine_without_a_server_is_named_in_one_line(
    mode: str, driver: str, create: Callable[[URL], object], tmp_path: Path
) -> None:
    project = project_of(mode, driver, tmp_path)
    shown = rf"Can't connect to {driver.replace('+', '.')}://user:\*\*\*@127.0.0.1:1/nowhere: "
    with pytest.raises(CommandError, match=shown) as error:
        upgrade(project, create(nowhere(driver)))
    assert "\n" not in str(error.value)


# --- pytest-alembic, and the set-up that `alembic init` gives ---------------------------------

CONFTEST = {
    "sync": """
import os

import pytest
from sqlalchemy import create_engine


@pytest.fixture
def alembic_engine():
    engine = create_engine(os.environ["GIVEN_URL"])
    yield engine
    engine.dispose()
""",
    "async": """
import os

import pytest
from sqlalchemy.ext.asyncio import create_async_engine


@pytest.fixture
def alembic_engine():
    return create_async_engine(os.environ["GIVEN_URL"])
""",
}
PYTEST_ALEMBIC = """
from pytest_alembic.tests import (
    test_model_definitions_match_ddl,
    test_single_head_revision,
    test_up_down_consistency,
    test_upgrade,
)


def test_z_leaves_tables(alembic_runner):
    alembic_runner.migrate_up_to("heads")
"""


@pytest.mark.parametrize(
    ("mode", "driver"),
    [
        ("sync", "sqlite+pysqlite"),
        ("sync", "postgresql+psycopg"),
        ("async", "sqlite+aiosqlite"),
        ("async", "postgresql+asyncpg"),
    ],
)
def test_pytest_alembic_tests_the_engine_of_its_fixture(
    mode: str, driver: str, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as given, database(driver, tmp_path) as other:
        project = new_project(tmp_path, given, mode=mode, driver=driver)
        project.autogenerate("create tables")
        project.url = other
        (project.path / "tests" / "conftest.py").write_text(CONFTEST[mode])
        tests = project.path / "tests" / "test_alembic.py"
        tests.write_text(PYTEST_ALEMBIC)
        # The option, because it can't add tests of its own to pytest 9.2.
        options = ("-p", "pytest_alembic.plugin", "-o", "pytest_alembic_tests_path=none")
        environment = project.environment() | {
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "GIVEN_URL": given.render_as_string(hide_password=False),
        }
        result = processes.run(("pytest", *options, str(tests)), project.path, environment)
        assert "5 passed" in result.stdout, result.stdout + result.stderr
        assert table_names(given) == {"customer", "purchase"}
        with plain_engine(other).connect() as connection:
            assert inspect(connection).get_table_names() == []


@pytest.mark.parametrize("mode", ["generic", "async"])
def test_stock_set_up_ignores_the_connection(mode: str, tmp_path: Path) -> None:
    project = project_of("sync", "sqlite+pysqlite", tmp_path)
    stock = Config(tmp_path / "alembic.ini")
    command.init(stock, str(tmp_path / "stock"), template=mode)
    for revision in project.revisions:
        (tmp_path / "stock" / "versions" / revision.name).write_text(revision.read_text())
    driver = {"generic": "sqlite", "async": "sqlite+aiosqlite"}[mode]
    other = URL.create(driver, database=str(tmp_path / "other.db"))
    stock.set_main_option("sqlalchemy.url", str(other))
    stock.config_file_name = None  # its loggers would stay those of this process
    engine = create_engine(f"sqlite:///{tmp_path / 'given.db'}")
    with engine.begin() as connection:
        stock.attributes["connection"] = connection
        command.upgrade(stock, "head")
        assert tables(connection) == set()
    engine.dispose()
    assert table_names(other) == TABLES
