# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What MySQL and MariaDB know of a migration that is half done, or runs."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

from alembic.runtime.migration import MigrationContext
from alembic.util import load_python_file
from sqlalchemy import Connection, inspect, text

HERE = Path(__file__).resolve().parent
HOLDER = text("""
    SELECT id, user, host, time, coalesce(info, command)
    FROM information_schema.processlist WHERE id = IS_USED_LOCK(:name)
""")


def findings(migration: MigrationContext) -> Iterator[tuple[str, str, str]]:
    """Yield the revision that failed halfway, and who holds the lock."""
    connection = cast("Connection", migration.connection)
    schema = migration.version_table_schema
    if inspect(connection).has_table(migration.version_table, schema):
        note = load_python_file(HERE.parent, "resume.py").Note(migration).read()
        revision, _, marks = note.partition(": ")
        if marks:
            count = len(marks.split())
            about = f"statements that stand: {count}; it goes on after them"
            yield "halfway", revision, about
    lock = load_python_file(HERE.parent, "lock.py")
    name = lock.name_of(migration, connection.scalar(text("SELECT DATABASE()")))
    if pid := connection.scalar(text("SELECT IS_USED_LOCK(:name)"), {"name": name}):
        about = "migrates; this user may not see who it is"
        for _, user, host, seconds, query in connection.execute(HOLDER, {"name": name}):
            about = f"{user} from {host}, for {seconds} seconds: {query[:200]}"
        yield "locked", f"connection {pid}", about
