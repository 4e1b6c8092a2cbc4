"""A command called where an event loop runs, or in a thread, is an ordinary call (promise 3)."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, StaticPool, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.applications import Starlette

from support import processes, template
from support.contents import EMPTY, contents
from support.databases import database, has_server, table_names
from support.migrations import Project, new_project

DRIVERS = [driver for driver in template.choices("driver", mode="async") if has_server(driver)]
REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade():
    op.create_table("one", sa.Column("id", sa.Integer, primary_key=True))
    {statement}


def downgrade():
    op.drop_table("one")
"""
DEADLOCK = 120  # seconds: far more than any of these tests takes

Call = Callable[[], None]


@pytest.fixture(autouse=True)
def deadlock_ends_the_process() -> Iterator[None]:
    assert sys.__stderr__
    faulthandler.dump_traceback_later(DEADLOCK, exit=True, file=sys.__stderr__)
    yield
    faulthandler.cancel_dump_traceback_later()


def project_of(mode: str, driver: str, folder: Path, url: URL | None = None) -> Project:
    """Render a project with a revision that creates a table."""
    project = new_project(folder, url, mode=mode, driver=driver)
    (project.migrations / "versions" / "1.py").write_text(REVISION.format(statement="pass"))
    return project


def upgrade(project: Project, connection: object = None) -> None:
    config = project.config()
    config.attributes["connection"] = connection
    with project.imported():
        command.upgrade(config, "head")


async def in_coroutine(call: Call) -> None:
    call()


async def in_thread(call: Call) -> None:
    await asyncio.to_thread(call)


async def in_lifespan(call: Call) -> None:
    """As a server starts and stops an ASGI application."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        call()
        yield

    to_come = ["lifespan.startup", "lifespan.shutdown"]
    sent = []

    async def receive() -> dict[str, str]:
        return {"type": to_come.pop(0)}

    async def send(message: object) -> None:
        sent.append(message)

    await Starlette(lifespan=lifespan)({"type": "lifespan"}, receive, send)
    assert sent == [
        {"type": "lifespan.startup.complete"},
        {"type": "lifespan.shutdown.complete"},
    ]


WAYS = [in_coroutine, in_thread, in_lifespan]
Way = Callable[[Call], Awaitable[None]]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("driver", DRIVERS)
def test_upgrade_in_an_event_loop(driver: str, way: Way, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        project = project_of("async", driver, tmp_path, url)

        async def main() -> None:
            await way(lambda: upgrade(project))

        asyncio.run(main())
        assert table_names(url) == {"one"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("driver", DRIVERS)
def test_application_s_engine_migrates_and_still_works_in_its_loop(
    driver: str, way: Way, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as url:
        project = project_of("async", driver, tmp_path)

        async def main() -> None:
            engine = create_async_engine(url)
            async with engine.connect() as one, engine.connect() as two:
                await two.close()  # it waits in the pool
                assert await one.scalar(text("SELECT 1")) == 1
                await way(lambda: upgrade(project, engine))
                assert await one.scalar(text("SELECT 1")) == 1
            async with engine.connect() as connection:
                names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
            assert "one" in names
            await engine.dispose()

        asyncio.run(main())


@pytest.mark.parametrize("driver", DRIVERS)
def test_application_s_only_connection_stays_in_its_loop(driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        project = project_of("async", driver, tmp_path)

        async def main() -> None:
            engine = create_async_engine(url, poolclass=StaticPool)
            async with engine.connect() as connection:
                assert await connection.scalar(text("SELECT 1")) == 1
            upgrade(project, engine)
            async with engine.connect() as connection:
                assert await connection.scalar(text("SELECT 1")) == 1
            await engine.dispose()

        asyncio.run(main())
        assert table_names(url) == {"one"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("mode", "driver"), [("sync", "sqlite+pysqlite"), ("sync", "postgresql+psycopg")]
)
def test_sync_set_up_migrates_in_an_event_loop_too(
    mode: str, driver: str, way: Way, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as url:
        project = project_of(mode, driver, tmp_path, url)

        async def main() -> None:
            await way(lambda: upgrade(project))

        asyncio.run(main())
        assert table_names(url) == {"one"}


# --- Errors -----------------------------------------------------------------------------------


def caught(call: Call, way: Way) -> BaseException | None:
    """Return what the call raises in an application's event loop, which goes on."""

    async def main() -> BaseException | None:
        error = None
        try:
            await way(call)
        except BaseException as raised:  # noqa: BLE001 # SystemExit too
            error = raised
        await asyncio.sleep(0)
        return error

    return asyncio.run(main())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("driver", ["sqlite+aiosqlite", "postgresql+asyncpg"])
def test_error_of_a_migration_comes_through_with_its_type(
    driver: str, way: Way, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as url:
        project = project_of("async", driver, tmp_path, url)
        project.revisions[0].write_text(REVISION.format(statement="{}['missing']"))
        error = caught(lambda: upgrade(project), way)
        assert isinstance(error, KeyError)
        assert error.args == ("missing",)
        assert contents(url) == EMPTY


@pytest.mark.parametrize("way", WAYS)
def test_missing_url_comes_through_as_alembic_s_error(way: Way, tmp_path: Path) -> None:
    project = project_of("async", "postgresql+asyncpg", tmp_path)
    error = caught(lambda: upgrade(project), way)
    assert isinstance(error, CommandError)
    assert str(error).startswith("Set DATABASE_URL")


EXIT = """
import asyncio

from alembic import command
from alembic.config import Config


async def main():
    {call}


asyncio.run(main())
"""


@pytest.mark.parametrize(
    "call",
    [
        "command.upgrade(Config('alembic.ini'), 'head')",
        "await asyncio.to_thread(command.upgrade, Config('alembic.ini'), 'head')",
    ],
    ids=["coroutine", "thread"],
)
def test_exit_of_a_migration_comes_through(call: str, tmp_path: Path) -> None:
    with database("sqlite+aiosqlite", tmp_path) as url:
        project = project_of("async", "sqlite+aiosqlite", tmp_path, url)
        project.revisions[0].write_text(REVISION.format(statement="raise SystemExit(3)"))
        result = subprocess.run(
            [sys.executable, "-c", EXIT.format(call=call)],
            cwd=project.path,
            env=project.environment(),
            capture_output=True,
            timeout=DEADLOCK / 2,
            check=False,
        )
        assert result.returncode == 3
        assert contents(url) == EMPTY


@pytest.mark.parametrize(
    ("mode", "driver"),
    [
        ("sync", "postgresql+psycopg"),
        ("async", "postgresql+psycopg"),
        ("async", "postgresql+asyncpg"),
    ],
)
def test_ctrl_c_ends_a_migration(
    mode: str, driver: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    # A run of the tests in the background ignores it, and so would the process.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    with database(driver, tmp_path) as url:
        project = project_of(mode, driver, tmp_path, url)
        endless = "op.execute('SELECT pg_sleep(600)')"
        project.revisions[0].write_text(REVISION.format(statement=endless))
        process = subprocess.Popen(
            [sys.executable, "-m", "alembic", "upgrade", "head"],
            cwd=project.path,
            env=project.environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            assert process.stderr
            assert any("Running upgrade" in line for line in process.stderr)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=DEADLOCK / 2)
        assert process.returncode
        assert contents(url) == EMPTY


# --- pytest-asyncio, greenlet, and the set-up that `alembic init` gives -----------------------

PYTEST_ASYNCIO = """
import os

import pytest
import pytest_asyncio
from alembic import command
from alembic.config import Config
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from my_app.models.customer import Customer


@pytest.fixture
def config():
    return Config("alembic.ini")


async def use(engine):
    async with AsyncSession(engine) as session:
        session.add(Customer(email="a@example.com"))
        await session.commit()
        assert await session.scalar(select(Customer.email)) == "a@example.com"


@pytest_asyncio.fixture
async def engine():
    engine = create_async_engine(os.environ["DATABASE_URL"])
    yield engine
    await engine.dispose()


@pytest_asyncio.fixture
async def migrated_in_loop(config, engine):
    config.attributes["connection"] = engine
    command.upgrade(config, "head")
    yield
    command.downgrade(config, "base")


@pytest.fixture
def migrated(config):
    command.upgrade(config, "head")
    yield
    command.downgrade(config, "base")


@pytest.mark.asyncio
async def test_async_fixture(engine, migrated_in_loop):
    await use(engine)


@pytest.mark.asyncio
async def test_fixture(engine, migrated):
    await use(engine)


def test_plain_test(config):
    command.upgrade(config, "head")
    command.downgrade(config, "base")


@pytest.mark.asyncio
async def test_coroutine(config, engine):
    command.upgrade(config, "head")
    command.check(config)
    await use(engine)
    command.downgrade(config, "base")
"""


@pytest.mark.parametrize("driver", DRIVERS)
def test_pytest_asyncio_s_tests_and_fixtures_migrate(driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, mode="async", driver=driver)
        project.autogenerate("create tables")
        tests = project.path / "tests" / "test_asyncio.py"
        tests.write_text(PYTEST_ASYNCIO)
        options = [
            *["-p", "pytest_asyncio.plugin", "-W", "error"],
            *["-o", f"faulthandler_timeout={DEADLOCK // 2}"],
            *["-o", "faulthandler_exit_on_timeout=true"],
            *["-o", "asyncio_default_fixture_loop_scope=function"],
        ]
        environment = project.environment() | {
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": str(project.models.parents[1]),
        }
        result = processes.run(("pytest", *options, str(tests)), project.path, environment)
        assert "4 passed" in result.stdout, result.stdout + result.stderr


@pytest.mark.parametrize("arguments", [["upgrade", "head"], ["upgrade", "head", "--sql"]])
def test_missing_greenlet_ends_the_command_in_one_line(
    arguments: list[str], tmp_path: Path
) -> None:
    project = project_of("async", "sqlite+aiosqlite", tmp_path)
    program = f"""
import sys

sys.modules["greenlet"] = None
from alembic.config import main

main({arguments})
"""
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=project.path,
        capture_output=True,
        text=True,
        env=dict(os.environ),
        check=False,
    )
    assert result.returncode
    assert (result.stdout + result.stderr).strip() == (
        "FAILED: greenlet can't be imported: pip install 'sqlalchemy[asyncio]'"
    )


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_stock_set_up_fails_in_an_event_loop(tmp_path: Path) -> None:
    stock = Config(tmp_path / "alembic.ini")
    command.init(stock, str(tmp_path / "stock"), template="async")
    stock.set_main_option("sqlalchemy.url", f"sqlite+aiosqlite:///{tmp_path / 'stock.db'}")
    stock.config_file_name = None  # its loggers would stay those of this process
    gc.collect()
    gc.freeze()  # to search what is left of it takes half a second, each time
    error = caught(lambda: command.upgrade(stock, "head"), in_coroutine)
    shown = repr(error)
    del error
    gc.collect()  # the coroutine, while its warning is ignored
    assert shown == "RuntimeError('asyncio.run() cannot be called from a running event loop')"
