# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What an application calls at its start: upgrade() or require_head()."""

from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

Bind = Connection | Engine | AsyncConnection | AsyncEngine | None

PACKAGE = __name__.rpartition(".")[0]
UPGRADE = f"run python -m {PACKAGE} upgrade head"
NEWER = "run the code that migrated it"


def config(bind: Bind = None) -> Config:
    """Return a Config for alembic.command, made without a file."""
    made = Config(attributes={"connection": bind})
    made.set_main_option("script_location", PACKAGE.replace(".", ":", 1))
    return made


def upgrade(bind: Bind = None) -> None:
    """Bring the database up to date: that of `bind`, or else of the environment.

    Any number of processes may call it at once: one migrates, the others wait.
    """
    command.upgrade(config(bind), "head")


def require_head(bind: Bind = None) -> None:
    """Raise a CommandError that says what to run unless the database is up to date."""
    made = config(bind)
    scripts = ScriptDirectory.from_config(made)

    def compare(_: object, migration: MigrationContext) -> list[Any]:
        current, heads = migration.get_current_heads(), scripts.get_heads()
        if set(current) != set(heads):
            known = {revision.revision for revision in scripts.walk_revisions()}
            raise CommandError(
                f"The database is at {', '.join(current) or 'no revision'}, "
                f"this code at {', '.join(heads) or 'no revision'}: "
                + (UPGRADE if known.issuperset(current) else NEWER)
            )
        return []

    with EnvironmentContext(made, scripts, fn=compare, dont_mutate=True):
        scripts.run_env()
