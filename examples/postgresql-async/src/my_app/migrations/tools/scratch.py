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
KEPT = f"""
    SELECT 'extension ' || extname FROM pg_extension
    UNION ALL SELECT 'schema ' || nspname FROM ({catalogue.SCHEMAS}) s
""".replace("::", r"\:\:")
# A sequence goes with its table, so tables come first.
DROPS = f"""
    WITH made (class, oid, space) AS (
        SELECT 'pg_class'::regclass, oid, relnamespace FROM pg_class
          WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        UNION ALL SELECT 'pg_proc'::regclass, oid, pronamespace FROM pg_proc
        UNION ALL SELECT 'pg_type'::regclass, t.oid, typnamespace FROM pg_type t
          LEFT JOIN pg_class c ON c.oid = typrelid
          WHERE typtype IN ('d', 'e', 'r') OR typtype = 'c' AND relkind = 'c'
        UNION ALL SELECT 'pg_collation'::regclass, oid, collnamespace FROM pg_collation
    ), ours (type, name) AS (
        SELECT 'extension', extname FROM pg_extension
        UNION ALL SELECT 'schema', nspname FROM ({catalogue.SCHEMAS}) s
    ), drops (place, type, name) AS (
        SELECT 0, type, format('%I', name) FROM ours
          WHERE (type || ' ' || name) <> ALL (CAST(:kept AS text[]))
        UNION ALL SELECT CASE o.type WHEN 'sequence' THEN 2 ELSE 1 END, o.type, identity
        FROM made JOIN pg_namespace n ON n.oid = space,
          pg_identify_object(class, made.oid, 0) o
        WHERE nspname IN ({catalogue.SCHEMAS}) AND NOT EXISTS (
          SELECT FROM pg_depend WHERE classid = class AND objid = made.oid
          AND deptype = 'e')
    )
    SELECT format('DROP %s IF EXISTS %s CASCADE', type, name) FROM drops ORDER BY place
""".replace("::", r"\:\:")


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
    if dialect != "postgresql":
        raise CommandError(f"The scratch database is {dialect}, not postgresql")
    if heads or catalogue.catalogue(migration, exact=False):
        raise CommandError("The scratch database has tables: name an empty one")
    return [*cast("Connection", migration.connection).scalars(text(KEPT))]


def empty(kept: list[str], _: object, migration: MigrationContext) -> None:
    """Drop all that is there but for extensions and schemas that were there before."""
    connection = cast("Connection", migration.connection)
    for drop in [*connection.scalars(text(DROPS), {"kept": kept})]:
        connection.execute(text(drop.replace(":", r"\:")))
    connection.commit()


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
        cast("Any", migration.impl).online = False
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
