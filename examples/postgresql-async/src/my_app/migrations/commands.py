# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What an application calls at its start: upgrade() or require_head()."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import RLock
from typing import Any, cast

from alembic import command, context
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from .contract import waiting

Bind = Connection | Engine | AsyncConnection | AsyncEngine | None

PACKAGE = __name__.rpartition(".")[0]
LOCATION = PACKAGE.replace(".", ":", 1)
HERE = Path(__file__).resolve().parent
# Where the package is not installed from a wheel; src/ may stand between.
PROJECT = next(
    (each for each in HERE.parents[1:3] if (each / "pyproject.toml").exists()),
    HERE.parents[1] if (HERE.parents[1] / "alembic.ini").exists() else HERE.parents[2],
)
NO_REVISION = f"{PACKAGE} has no revision: write one, or have the wheel take them along"

# alembic.context is the process's, whichever thread and package of migrations uses it.
LOCK = vars(context).setdefault("lock_of_threads", RLock())


class ImportedConfig(Config):
    """A Config of a package that is imported already."""

    def get_prepend_sys_paths_list(self) -> list[str]:
        """Leave the application's import path as it is."""
        return []


def config(bind: Bind = None) -> Config:
    """Return a Config for alembic.command, with the project's settings."""
    made = ImportedConfig(PROJECT / "alembic.ini", PROJECT / "pyproject.toml")
    location = made.get_alembic_option("script_location", "")
    if location != LOCATION and (PROJECT / location).resolve() != HERE:
        # A wheel may bring settings along. If not, look for revisions in every folder.
        made = ImportedConfig(toml_file=HERE / "pyproject.toml")
        if not made.toml_alembic_config:
            made.set_main_option("recursive_version_locations", "true")
    made.set_main_option("script_location", LOCATION)
    made.attributes["connection"] = bind
    return made


@cache
def require_revisions() -> None:
    """Raise a CommandError if no revision is found, once for the whole process."""
    if not ScriptDirectory.from_config(config()).get_heads():
        raise CommandError(NO_REVISION)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Have other threads wait."""
    with LOCK:
        if hasattr(context, "config"):
            raise CommandError(
                "Alembic runs in this process already: call upgrade() and "
                "require_head() from no module that hooks.py imports, and from tasks "
                "of an event loop by asyncio.to_thread()"
            )
        yield


def upgrade(bind: Bind = None, *, expand: bool = False) -> None:
    """Bring the database up to date: that of `bind`, or else of the environment.

    With `expand`, only to where the code that runs now works too (contract.py).
    Any number of processes and threads may call it at once: one migrates, the others
    wait.
    """
    require_revisions()
    made = config(bind)
    made.attributes["expand"] = expand
    with one_at_a_time():
        command.upgrade(made, "heads")


def require_head(bind: Bind = None, *, or_newer: bool = False) -> None:
    """Raise a CommandError that says what to run unless the database is up to date.

    It may lack what waits until the old code is gone. With `or_newer`, it may be ahead:
    so code can be taken back, and the database stay.
    """
    made = config(bind)
    scripts = ScriptDirectory.from_config(made)
    heads = set(scripts.get_heads())
    if not heads:
        raise CommandError(NO_REVISION)

    def compare(_: object, migration: MigrationContext) -> list[Any]:
        current = migration.get_current_heads()
        try:
            # With those that others depend on: the table of versions lacks them.
            reached = {each.revision for each in scripts.get_all_current(current)}
            steps = scripts._upgrade_revs("heads", cast("str", current))
        except CommandError:
            reached = set(current)
            advice = "run the code that migrated it, or allow it by or_newer=True"
            if or_newer:
                return []
        else:
            advice = still_to_run([each.revision for each in steps])
        if reached != heads and advice:
            raise CommandError(
                f"The database is at {', '.join(sorted(reached)) or 'no revision'}, "
                f"this code at {', '.join(sorted(heads))}: {advice}"
            )
        return []

    def still_to_run(pending: list[Script]) -> str:
        try:
            held = waiting(pending)
        except CommandError as error:
            return str(error)
        if held and len(held) == len(pending):
            return ""
        expand = "-x expand " if held else ""
        target = "heads" if len(heads) > 1 else "head"
        return f"run python -m {PACKAGE} {expand}upgrade {target}"

    with (
        one_at_a_time(),
        EnvironmentContext(made, scripts, fn=compare, dont_mutate=True),
    ):
        scripts.run_env()
