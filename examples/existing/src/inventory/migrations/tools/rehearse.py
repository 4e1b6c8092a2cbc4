# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What the pending revisions would do: how long, which locks, which tables anew."""

import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from alembic.config import Config
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import ScriptDirectory
from alembic.util import CommandError, load_python_file
from sqlalchemy import Connection, event, text

HERE = Path(__file__).resolve().parent
ARGUMENTS: dict[str, dict[str, Any]] = {
    "--on": {
        "metavar": "URL",
        "help": "A copy of the database, which is migrated",
    },
    "--here": {
        "metavar": "SECONDS",
        "type": float,
        "help": "On the database itself, rolled back. Until then locks are held, for "
        "about this long at the most",
    },
}
# What two names of one database have in common, and a copy has not.
IDENTITY = {
    "postgresql": "SELECT pg_postmaster_start_time()::text, current_database()",
    "mysql": "SELECT @@hostname, @@port, DATABASE()",
    "sqlite": "SELECT file FROM pragma_database_list WHERE name = 'main'",
}
ENDS = re.compile(r"(?i)(^\s*END|(^|;)\s*(COMMIT|ABORT|ROLLBACK(?!\s+TO)))\b")
environment = load_python_file(HERE, "environment.py")


def rehearse(config: Config, on: str | None = None, here: float | None = None) -> None:
    """Run what is pending on a copy, or roll it back, and report what it did.

    The caller must choose one of the two.
    """
    if on and not here:
        itself = None
        with suppress(CommandError):  # a copy may be all that can be reached
            itself = environment.read(config, scripts_of(config), identity)
        with environment.instead(config, on):
            if itself == environment.read(config, scripts_of(config), identity):
                raise CommandError("That is the database itself: name a copy of it")
            run(config, Report(config))
    elif here and not on:
        environment.on_connection(config, lambda c: roll_back(config, c, here))
    else:
        raise CommandError(
            "Say on what: --on URL, a copy of the database, which is migrated; or "
            "--here SECONDS, which migrates the database itself and rolls that back, "
            "and until then stops all who use the tables that are changed"
        )


def scripts_of(config: Config) -> ScriptDirectory:
    """Return the revisions, which env.py may change for a database."""
    return ScriptDirectory.from_config(config)


def identity(_: object, migration: MigrationContext) -> list[Any]:
    """Return what is the same of one database, whatever its URL."""
    dialect = migration.dialect.name.replace("mariadb", "mysql")
    connection = cast("Connection", migration.connection)
    return [dialect, *connection.execute(text(IDENTITY[dialect])).one()]


def roll_back(config: Config, connection: Connection, limit: float) -> None:
    """Migrate in one transaction, and roll it back whatever happens."""
    if connection.dialect.name not in ("postgresql", "sqlite"):
        raise CommandError("The server commits each CREATE and ALTER: use --on a copy")
    begun = time.monotonic()
    config.attributes["connection"] = connection
    event.listen(connection, "commit", refuse_to_end)
    event.listen(connection, "before_cursor_execute", look_for_end)
    try:
        with connection.begin() as transaction:
            run(config, Report(config, begun + limit))
            transaction.rollback()
    finally:
        config.attributes["connection"] = None
    seconds = time.monotonic() - begun
    config.print_stdout("Rolled back: locks were held for %.2f seconds", seconds)


def look_for_end(_: Connection, __: Any, statement: str, *___: Any) -> None:
    """Raise a CommandError for a statement that ends the transaction."""
    if ENDS.search(statement):
        refuse_to_end()


def refuse_to_end(*_: object) -> None:
    """Raise a CommandError before something stays that is to be rolled back."""
    raise CommandError("A revision ends the transaction by itself: use --on a copy")


def run(config: Config, report: "Report") -> None:
    """Run what is pending, as `upgrade heads` does."""
    scripts = scripts_of(config)

    def upgrade(heads: Any, migration: MigrationContext) -> Any:
        migration.on_version_apply_callbacks += (report.revision,)
        report.start(migration)
        return scripts._upgrade_revs("heads", heads)

    options = {"as_sql": False, "starting_rev": None, "destination_rev": "heads"}
    environment.run(config, scripts, upgrade, **options)
    if not report.revisions:
        config.print_stdout("Nothing is pending")


class Report:
    """What each revision did, printed when it is done."""

    def __init__(self, config: Config, end: float | None = None) -> None:
        """Begin with no revision."""
        self.config, self.end, self.revisions = config, end, 0
        self.watch: Any = None
        self.begun = time.monotonic()

    def start(self, migration: MigrationContext) -> None:
        """Look at the database before the first revision."""
        name = f"{migration.dialect.name}_watch.py"
        if (HERE / name).exists():
            watch = load_python_file(HERE, name).Watch
            self.watch = watch(migration, in_one=bool(self.end))
        self.limit()
        self.begun = time.monotonic()

    def revision(self, step: MigrationInfo, **_: Any) -> None:
        """Print what this one did."""
        seconds = time.monotonic() - self.begun
        self.revisions += 1
        script = cast("Any", step.up_revision)
        self.print(f"{script.revision} ({script.doc}): {seconds:.2f} seconds")
        for line in self.watch.look() if self.watch else ():
            self.print(f"  {line}")
        self.limit()
        self.begun = time.monotonic()

    def limit(self) -> None:
        """End a rehearsal that takes too long for those who wait."""
        if not self.end:
            return
        rest = self.end - time.monotonic()
        if rest <= 0:
            raise CommandError("It takes longer than --here SECONDS: use --on a copy")
        if self.watch:
            self.watch.limit(rest)

    def print(self, line: str) -> None:
        """Print a line."""
        self.config.print_stdout("%s", line)
