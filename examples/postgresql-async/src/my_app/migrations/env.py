# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Run the migrations on PostgreSQL."""

import asyncio
import atexit
import gc
import logging
import sys
from collections.abc import Coroutine
from concurrent import futures
from contextlib import redirect_stdout
from importlib import import_module
from types import ModuleType

from alembic import context
from alembic.util import CommandError, load_python_file
from sqlalchemy import Connection, Engine, pool

try:
    greenlet = import_module("greenlet")  # SQLAlchemy 2.0 asks for it late
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
except ImportError as error:
    message = "greenlet can't be imported: pip install 'sqlalchemy[asyncio]'"
    raise CommandError(message) from error

config = context.config
if hasattr(config.cmd_opts, "cmd"):  # on the command line: no application's process
    # Python searches all it has for garbage at its exit, a quarter of a command's time.
    atexit.register(gc.freeze)
    gc.set_threshold(100_000)
    logging.basicConfig(format="%(levelname)-5s [%(name)s] %(message)s")
    logging.getLogger("alembic.runtime.migration").setLevel(logging.INFO)
    logging.getLogger("alembic.autogenerate").setLevel(logging.INFO)
    logging.getLogger("alembic.util").setLevel(logging.CRITICAL)  # printed anyway


def load(name: str) -> ModuleType:
    """Import a file beside this one, which is on no path."""
    try:
        with redirect_stdout(sys.stderr):  # stdout is for --sql
            return load_python_file(context.script.dir, name)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".partition("\n")[0]
        message = f"{name} can't be imported ({reason}); alembic --raiseerr shows where"
        raise CommandError(message) from error


hooks = load("hooks.py")
database = load("database.py")
unknown = load("unknown.py")
unknown.require_files(context.script)
create_async_engine = load("url.py").create_async_engine


def run_migrations_offline() -> None:
    """Write the migrations as SQL, with no server and no driver."""
    url = database.database_url(config, None, "postgresql+asyncpg://")
    context.configure(
        url=url.set(drivername=url.get_backend_name()),  # needs no driver
        target_metadata=hooks.target_metadata,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
        **hooks.options,
    )
    load("contract.py").hold_back(context)
    load("sql_script.py").repeatable(context.get_context())
    load("backfill.py").register(hooks)
    load("replaced.py").put_back(context.get_context())
    with context.begin_transaction():
        context.run_migrations()


def run_migrations(connection: Connection) -> None:
    """Run the migrations, or the comparison, on this connection."""
    context.configure(
        connection=connection,
        target_metadata=hooks.target_metadata,
        **{"compare_server_default": True, **database.OPTIONS, **hooks.options},
    )
    migration = context.get_context()
    if "destination_rev" in migration.opts:  # of what runs revisions
        load("contract.py").hold_back(context)
        load("backfill.py").register(hooks)
    load("durations.py").show(migration)
    load("replaced.py").put_back(migration)
    unknown.explain(migration)
    with database.begin_transaction(migration, hooks):
        if "revision_context" in migration.opts:  # of check and autogenerate
            load("autogenerate.py").prepare(migration, hooks)
        context.run_migrations()


def run_migrations_online() -> None:
    """Run the migrations on the connection that was given, or on our own."""
    given = config.attributes.get("connection")
    if isinstance(given, AsyncConnection) and greenlet.getcurrent().parent:
        # We are in its run_sync().
        given = given.sync_connection
    if isinstance(given, Connection):
        run_migrations(given)
    elif isinstance(given, Engine):
        with database.errors_in_one_line(given.url):
            connection = given.connect()
        with connection:
            run_migrations(connection)
    elif isinstance(given, AsyncConnection | AsyncEngine | None):
        run_in_event_loop(run_async_migrations(given))
    else:
        message = "migrations run on a connection or an engine, not on "
        raise CommandError(message + repr(type(given)))


async def run_async_migrations(given: AsyncConnection | AsyncEngine | None) -> None:
    """Run the migrations on this connection, or on a new one."""
    if isinstance(given, AsyncConnection):
        if given.dialect.driver not in ("aiosqlite", "psycopg"):
            raise CommandError(
                "An AsyncConnection belongs to its event loop: "
                "await connection.run_sync(lambda _: command.upgrade(config, ...))"
            )
        await given.run_sync(run_migrations)
        return
    url = given.url if given else database.database_url(config, hooks)
    with database.errors_in_one_line(url):
        if given:
            engine = with_own_pool(given)
        else:
            engine = create_async_engine(
                url,
                poolclass=pool.NullPool,
                connect_args=database.connect_args(url),
            )
        connection = await engine.connect()
    try:
        await connection.run_sync(run_migrations)
    finally:
        await connection.close()
        if engine is not given:
            await engine.dispose()


def with_own_pool(engine: AsyncEngine) -> AsyncEngine:
    """Return the same with other connections: they belong to the event loop."""
    if engine.dialect.name == "sqlite" and isinstance(engine.pool, pool.StaticPool):
        return engine  # in memory, the connection is the database
    own = Engine.__new__(Engine)  # a copy of engine.execution_options() has its pool
    vars(own).update(vars(engine.sync_engine), _has_events=True)
    own.pool = engine.pool.recreate()
    return AsyncEngine(own)


def run_in_event_loop(migrations: Coroutine[None, None, None]) -> None:
    """Run the coroutine, in a thread if an event loop waits for us in this one."""
    try:
        running = asyncio.get_running_loop()
    except RuntimeError:
        running = None
    if running:
        with futures.ThreadPoolExecutor(1) as executor:
            executor.submit(asyncio.run, migrations).result()
    else:
        asyncio.run(migrations)


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
