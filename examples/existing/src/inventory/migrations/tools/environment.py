# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How a command has env.py run a function, on this database or another one."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine


def read(config: Config, scripts: ScriptDirectory, function: Callable[..., Any]) -> Any:
    """Return what the function returns, which is called with the heads and context."""
    results = []

    def wrapped(heads: tuple[str, ...], migration: MigrationContext) -> list[Any]:
        results.append(function(heads, migration))
        return []

    run(config, scripts, wrapped, dont_mutate=True)
    return results[-1]


def run(
    config: Config, scripts: ScriptDirectory, function: Any, **options: Any
) -> None:
    """Run env.py with this function, and with nothing but errors printed."""
    before = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        with EnvironmentContext(config, scripts, fn=function, **options):
            scripts.run_env()
    finally:
        logging.disable(before)


@contextmanager
def instead(config: Config, url: str) -> Iterator[None]:
    """Have env.py use the database of this URL, and show first that it does."""
    before = config.get_main_option("sqlalchemy.url", "")
    given = config.attributes.pop("connection", None)
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))

    def compare(*_: object) -> None:
        if config.get_main_option("sqlalchemy.url") != url:
            raise CommandError(
                "hooks.py puts another URL into the Config than was named: have a "
                "function database_url() there return it instead"
            )

    try:
        read(config, ScriptDirectory.from_config(config), compare)
        yield
    finally:
        config.attributes["connection"] = given
        config.set_main_option("sqlalchemy.url", before.replace("%", "%%"))


def on_connection(config: Config, work: Callable[[Connection], None]) -> None:
    """Call this with a connection of our own, made as env.py makes one."""
    scripts = ScriptDirectory.from_config(config)
    engine: Engine = read(config, scripts, lambda _, m: m.connection.engine)
    with engine.connect() as connection:
        work(connection)
