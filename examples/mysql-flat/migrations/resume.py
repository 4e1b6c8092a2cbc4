# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How a revision goes on where it failed: MySQL and MariaDB undo no CREATE or ALTER."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from textwrap import shorten
from typing import Any, cast
from zlib import crc32

from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.util import load_python_file
from sqlalchemy import Connection, MetaData, Table, inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import SetTableComment

log = logging.getLogger("alembic.runtime.migration")
retries = load_python_file(str(Path(__file__).parent), "retries.py")
COMMITS = re.compile(r"\s*(CREATE|ALTER|DROP|RENAME|TRUNCATE)\b", re.IGNORECASE)
MOST = 200  # statements: a comment has 2048 characters
Function = Callable[..., Any]


@contextmanager
def resumed(migration: MigrationContext, done: list[str]) -> Iterator[None]:
    """Note what stands of a revision that fails, and pass over it in its next run.

    `done` has the statements of the revision. The note is the comment of the table of
    versions, until the revision has succeeded.
    """
    if cast("Connection", migration.connection).in_transaction():
        yield  # of its owner, which a note would commit
        return
    impl, note = migration.impl, Note(migration)
    revisions, execute = cast("Function", migration._migrations_fn), impl._exec
    stands: list[str] = []

    def steps(*arguments: Any) -> Iterator[Any]:
        for step in revisions(*arguments):
            if isinstance(step, RevisionStep):
                way = "up" if step.is_upgrade else "down"
                name = f"{step.revision.revision} {way}: "
                step.migration_fn = noting(step.migration_fn, name)
            yield step

    def noting(run: Function, name: str) -> Function:
        @wraps(run)
        def revision(*arguments: Any, **options: Any) -> None:
            done.clear()
            noted = stands[:] = note.read().partition(name)[2].split()
            try:
                run(*arguments, **options)
            except BaseException:
                while done and not COMMITS.match(done[-1]):
                    del done[-1]  # it is undone
                if done and migration._transaction:
                    with (
                        suppress(SQLAlchemyError),  # the connection is gone
                        retries.without_transaction(migration, "rollback"),
                    ):
                        note.write(name + " ".join(map(mark, done[:MOST])))
                raise
            if noted:
                note.write("")

        return revision

    def once(construct: Any, *arguments: Any, **options: Any) -> Any:
        sql = construct
        if not isinstance(construct, str):
            sql = str(construct.compile(dialect=migration.dialect)).replace("%%", "%")
        result = None
        if stands[len(done) : len(done) + 1] == [mark(sql)]:
            log.info("It is done already: %s", brief(sql))
        else:
            stands.clear()  # from here on the revision is another one, or new
            result = execute(construct, *arguments, **options)
        done.append(sql)
        return result

    migration._migrations_fn = steps
    vars(impl)["_exec"] = once
    try:
        yield
    finally:
        vars(impl)["_exec"] = execute


class Note:
    """The comment of the table of versions."""

    def __init__(self, migration: MigrationContext) -> None:
        """Take the table, which is there when a revision runs."""
        self.connection = cast("Connection", migration.connection)
        schema = migration.version_table_schema
        self.table = Table(migration.version_table, MetaData(), schema=schema)

    def read(self) -> str:
        """Return the comment."""
        translate = self.connection.get_execution_options().get("schema_translate_map")
        schema = (translate or {}).get(self.table.schema, self.table.schema)
        comment = inspect(self.connection).get_table_comment(self.table.name, schema)
        return comment["text"] or ""

    def write(self, comment: str) -> None:
        """Set the comment, which commits."""
        self.table.comment = comment
        self.connection.execute(SetTableComment(self.table))


def mark(sql: str) -> str:
    """Return a few characters that another statement hardly has."""
    return f"{crc32(sql.encode()):08x}"


def brief(sql: str) -> str:
    """Return the beginning of a statement."""
    return shorten(sql, 80, placeholder=" ...")
