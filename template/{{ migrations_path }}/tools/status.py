# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Where a database is: revisions, what is half done, and who migrates."""

from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

ARGUMENTS: dict[str, dict[str, Any]] = {
    "--json": {
        "dest": "form",
        "action": "store_const",
        "const": "json",
        "help": "Print it as JSON",
    },
}


def status(config: Config, form: str | None = None) -> None:
    """Show where the database is, and what is half done. Changes nothing."""
    scripts = ScriptDirectory.from_config(config)

    def read(heads: tuple[str, ...], migration: MigrationContext) -> list[Any]:
        config.print_stdout("%s %s", heads, form)
        return []

    with EnvironmentContext(config, scripts, fn=read, dont_mutate=True):
        scripts.run_env()
