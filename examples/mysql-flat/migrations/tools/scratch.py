# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""A scratch database: commands on it, what it holds, and a revision that makes it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, cast

from alembic.autogenerate.api import RevisionContext
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionMap
from alembic.util import CommandError, load_python_file
from sqlalchemy import Connection, MetaData, text

HERE = Path(__file__).resolve().parent
ARGUMENTS: dict[str, dict[str, Any]] = {
    "--scratch": {
        "metavar": "URL",
        "help": "An empty database of this server, which is empty again afterwards",
    },
}
catalogue = load_python_file(HERE, "catalogue.py")
environment = load_python_file(HERE, "environment.py")


@contextmanager
def empty_database(config: Config, url: str | None) -> Iterator[None]:
    """Have commands with this Config use an empty database."""
    if not url:
        raise CommandError("Name an empty database of this server: --scratch URL")
    with environment.instead(config, url):
        scripts = ScriptDirectory.from_config(config)
        kept = environment.read(config, scripts, require_empty)
        try:
            yield
        finally:
            scripts = ScriptDirectory.from_config(config)  # squash has moved files
            environment.read(config, scripts, partial(empty, kept))


def require_empty(heads: tuple[str, ...], migration: MigrationContext) -> list[str]:
    """Raise a CommandError if something is there, or it is another kind of database.

    Returns the extensions and schemas that are there, and that stay.
    """
    dialect = migration.dialect.name.replace("mariadb", "mysql")
    if dialect != "mysql":
        raise CommandError(f"The scratch database is {dialect}, not mysql")
    if heads or catalogue.catalogue(migration, exact=False):
        raise CommandError("The scratch database has tables: name an empty one")
    return []


def empty(_: list[str], __: object, migration: MigrationContext) -> None:
    """Drop all that is there, which was made here."""
    connection = cast("Connection", migration.connection)
    charset = "SELECT @@character_set_database, @@collation_database, DATABASE()"
    characters, collation, name = connection.execute(text(charset)).one()
    quoted = connection.dialect.identifier_preparer.quote_identifier(name)
    connection.execute(text(f"DROP DATABASE {quoted}"))
    connection.execute(
        text(f"CREATE DATABASE {quoted} CHARACTER SET {characters} COLLATE {collation}")
    )


def upgrade(config: Config, revision: str) -> None:
    """Run the migrations up to this revision."""
    scripts = ScriptDirectory.from_config(config)

    def steps(heads: Any, _: MigrationContext) -> Any:
        return scripts._upgrade_revs(revision, heads)

    # As alembic.command.upgrade() does.
    options = {"as_sql": False, "starting_rev": None, "destination_rev": revision}
    environment.run(config, scripts, steps, **options)


def contents(config: Config) -> tuple[set[str], dict[str, list[str]]]:
    """Return the objects that the database holds, and its rows."""

    def read(_: object, migration: MigrationContext) -> Any:
        objects = catalogue.catalogue(migration, exact=True)
        return objects, catalogue.rows_of(migration)

    scripts = ScriptDirectory.from_config(config)
    found: tuple[set[str], dict[str, list[str]]]
    found = environment.read(config, scripts, read)
    return found


def write(revision: RevisionContext) -> str:
    """Write the file of a revision, as if there were no other, and return its path."""
    revision.script_directory.revision_map = RevisionMap(list)
    (script,) = revision.generated_revisions
    return cast("Script", revision._to_script(script)).path


def autogenerate(
    config: Config, found: list[Script], names: list[str], notes: list[str]
) -> RevisionContext:
    """Return the revision that makes all that the database holds."""
    scripts = ScriptDirectory.from_config(config)
    own = [Script(each.module, each.revision, each.path) for each in found]
    scripts.revision_map = RevisionMap(lambda: own)
    last = found[-1]
    folders = Path(last.path).parents
    arguments = {
        "rev_id": last.revision,
        "message": f"replace {len(names)} revisions",
        "head": "base",
        "splice": False,
        "branch_label": [*chain(*(each._orig_branch_labels for each in own))] or None,
        "version_path": next(
            each for each in scripts._version_locations if each.resolve() in folders
        ),
        "depends_on": None,
        "sql": False,
        "autogenerate": True,
    }
    revision = RevisionContext(config, scripts, arguments)

    def compare(heads: Any, migration: MigrationContext) -> list[Any]:
        logging.disable(logging.WARNING)  # which environment.py ends
        # With no models: what drops all that is there, and the way back makes it.
        migration.opts["target_metadata"] = [MetaData()]
        cast("Any", migration.impl).asks_about_locks = False
        revision.run_autogenerate(heads, migration)
        return []

    environment.run(config, scripts, compare, revision_context=revision)
    (script,) = revision.generated_revisions
    up, down = cast("Any", script.upgrade_ops), cast("Any", script.downgrade_ops)
    up.ops, down.ops = down.ops, up.ops
    lines = [line for note in notes for line in note.splitlines()]
    if lines:
        lines.insert(0, "What the others did, and no comparison sees, is it needed?")
    revision.template_args.update(cast("Any", {"replaces": names, "notes": lines}))
    return revision
