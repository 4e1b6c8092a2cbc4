# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Run the migrations on MySQL and MariaDB."""

import atexit
import gc
import logging
import sys
from contextlib import redirect_stdout
from types import ModuleType

from alembic import context
from alembic.util import CommandError, load_python_file
from sqlalchemy import Connection, Engine, pool

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
create_engine = load("url.py").create_engine


def run_migrations_offline() -> None:
    """Write the migrations as SQL, with no server and no driver."""
    url = database.database_url(config, None, "mysql+pymysql://")
    context.configure(
        url=url.set(drivername=url.get_backend_name()),  # needs no driver
        target_metadata=hooks.target_metadata,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
        **hooks.options,
    )
    load("contract.py").hold_back(context)
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
    if isinstance(given, Connection):
        run_migrations(given)
        return
    if not isinstance(given, Engine | None):
        message = "sync migrations run on a Connection or an Engine, not on "
        raise CommandError(message + repr(type(given)))
    url = given.url if given else database.database_url(config, hooks)
    with database.errors_in_one_line(url):
        engine = given or create_engine(url, poolclass=pool.NullPool)
        connection = engine.connect()
    with connection:
        run_migrations(connection)


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
