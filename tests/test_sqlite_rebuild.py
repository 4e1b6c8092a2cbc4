"""To change a column, SQLite's table is made anew: all else of it is as it was (promise 9).

For revisions that users write, on tables that no model describes. Or the migration is refused
before it does anything.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from alembic.util import CommandError
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from support.contents import contents, difference, sql
from support.databases import database, plain_engine
from support.migrations import Project, new_project
from support.rows import rows

KEYS = [
    "id INTEGER PRIMARY KEY",
    "id INTEGER PRIMARY KEY AUTOINCREMENT",
    'id INTEGER CONSTRAINT "the key" PRIMARY KEY ON CONFLICT REPLACE',
    "id INT NOT NULL PRIMARY KEY",
]
COLUMNS = [
    "\"Name\" TEXT COLLATE NOCASE NOT NULL ON CONFLICT IGNORE DEFAULT 'it''s: %s'",
    'checked INTEGER CHECK (checked > 0) CONSTRAINT "odd, (name" CHECK (checked < 99)',
    '"select" VARCHAR(7) UNIQUE ON CONFLICT REPLACE',
    "self INTEGER REFERENCES [The Table] (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED",
    'other INTEGER CONSTRAINT "to other" REFERENCES other ON UPDATE CASCADE NOT DEFERRABLE',
    "stored INTEGER GENERATED ALWAYS AS (n * 2) STORED",
    "virtual AS (n || ' , ''' || n) NOT NULL",
    "evaluated TEXT DEFAULT (lower('A, (B') || 1)",
    "negative REAL DEFAULT -1.5",
    "moment TIMESTAMP DEFAULT CURRENT_TIMESTAMP",
    "blob BLOB DEFAULT x'00ff'",
    'odd DOUBLE PRECISION COLLATE "RTRIM" NULL',
    "untyped",
    "[in brackets] DECIMAL(10, 2) DEFAULT 0 -- said, in a comment",
    "`in ticks` TEXT /* said ) */ DEFAULT NULL",
]
CONSTRAINTS = [
    "UNIQUE (n, id) ON CONFLICT FAIL",
    "CONSTRAINT \"a, 'b'\" UNIQUE (note COLLATE NOCASE, n DESC)",
    "CHECK (note <> 'a, b) -- :x' OR n IN (1, 2))",
    "CONSTRAINT ck CHECK (n > -5 AND note LIKE '%')",
    "FOREIGN KEY (n) REFERENCES other (id) ON DELETE CASCADE DEFERRABLE",
]
OBJECTS = [
    'CREATE INDEX "by n" ON [The Table] (n DESC, note COLLATE NOCASE)',
    "CREATE UNIQUE INDEX part ON [The Table] (n) WHERE note > 'a:b' AND n <> 7",
    "CREATE INDEX [lower] ON [The Table] (lower(note) DESC, n + 1)",
    """CREATE TRIGGER of_insert AFTER INSERT ON [The Table]
       BEGIN INSERT INTO log VALUES (new.n || ';'); END""",
    """CREATE TRIGGER "of update" BEFORE UPDATE OF n ON [The Table] WHEN old.n > 0
       BEGIN SELECT RAISE(ABORT, 'no: x'); END""",
    "CREATE TRIGGER of_log AFTER INSERT ON log BEGIN UPDATE [The Table] SET n = n + 100; END",
    "CREATE VIEW [the view] AS SELECT id, note FROM [The Table] WHERE n > 1",
    "CREATE VIEW counts AS SELECT count(*) AS c FROM other, [The Table] AS o WHERE o.n = other.id",
]
# What an application does, each undone: what it finds is the same, or it fails the same way.
QUERIES = [
    "SELECT id, n, note FROM [The Table] WHERE note = 'A' OR n > 1 ORDER BY n, note",
    "INSERT INTO [The Table] (id, n, note) VALUES (2, 1, 'b') RETURNING n, note",
    "INSERT INTO [The Table] (n, note) VALUES (7, 'B') RETURNING id",
    "INSERT INTO [The Table] (n, note) VALUES (-9, 'a') RETURNING id > 1",
    "UPDATE [The Table] SET n = 50 WHERE id = 1 RETURNING n",
    "DELETE FROM other RETURNING id",
]
CHANGES = [
    ("alter_column('changed', type_=sa.String(50))", "alter_column('changed', type_=sa.String(5))"),
    (
        "alter_column('changed', nullable=False, server_default='x')",
        "alter_column('changed', nullable=True, server_default=None)",
    ),
    ("create_unique_constraint('new', ['changed'])", "drop_constraint('new', type_='unique')"),
]
REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"


def upgrade():
    with op.batch_alter_table("The Table") as batch_op:
        batch_op.{up}


def downgrade():
    with op.batch_alter_table("The Table") as batch_op:
        batch_op.{down}
"""
FIRST = """
revision = "1"
down_revision = None


def upgrade():
    pass


def downgrade():
    pass
"""


@st.composite
def tables(draw: st.DrawFn) -> list[str]:
    """Draw the statements that make a table, with all that hangs on it and some rows."""

    def some(choices: list[str]) -> list[str]:
        return draw(st.lists(st.sampled_from(choices), unique=True, max_size=4))

    fixed = ["n INTEGER", "note TEXT NOT NULL", "changed VARCHAR(5)"]
    columns = [*fixed, *some(COLUMNS)]
    items = [draw(st.sampled_from(KEYS)), *draw(st.permutations(columns)), *some(CONSTRAINTS)]
    body = "\n  , ".join(items)
    options = " WITHOUT ROWID" if items[0] == KEYS[-1] and draw(st.booleans()) else ""
    return [
        "CREATE TABLE other (id INTEGER PRIMARY KEY)",
        "CREATE TABLE log (said)",
        f"CREATE TABLE [The Table] (\n  {body}\n){options}",
        "INSERT INTO other VALUES (1), (2)",
        "INSERT INTO [The Table] (id, n, note, changed) VALUES (1, 1, 'a', 'x'), (7, 2, 'A', 'y')",
        "DELETE FROM [The Table] WHERE id = 7",
        "INSERT INTO [The Table] (id, n, note, changed) VALUES (2, 2, 'c', 'z')",
        *some(OBJECTS),
    ]


def execute(url: URL, statements: list[str]) -> None:
    """Run statements."""
    with plain_engine(url).begin() as connection:
        for statement in statements:
            connection.execute(sql(statement))


def answers(url: URL) -> list[Any]:
    """Return what an application gets for its queries."""
    found: list[Any] = []
    for query in QUERIES:
        with plain_engine(url).connect() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            try:
                found.append(connection.execute(sql(query)).all())
            except DBAPIError as error:
                found.append(str(error.orig))
            connection.rollback()
    return found


def everything(url: URL) -> tuple[set[str], Any, list[Any]]:
    """Return all that the database holds and does, but for the column that changes."""
    lines = {line for line in contents(url) if "changed" not in line}
    return lines, rows(url), answers(url)


def run(project: Project, before: tuple[set[str], Any, list[Any]], *command: str) -> bool:
    """Migrate, after which all else is the same; return whether it was not refused."""
    assert project.url
    try:
        project.run(*command)
    except CommandError:
        done = False
    else:
        done = True
    after = everything(project.url)
    assert not (wrong := difference(before[0], after[0])), f"{command[0]}: {wrong}"
    assert after == before
    return done


@pytest.mark.parametrize("change", CHANGES, ids=[up.partition("(")[0] for up, _ in CHANGES])
@settings(max_examples=10, deadline=None, derandomize=True, phases=[Phase.generate, Phase.shrink])
@given(statements=tables())
def test_all_else_of_a_table_is_as_it_was(change: tuple[str, str], statements: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name, database("sqlite+pysqlite", Path(name)) as url:
        project = new_project(Path(name), url, driver="sqlite+pysqlite")
        versions = project.migrations / "versions"
        (versions / "1.py").write_text(FIRST)
        (versions / "2.py").write_text(REVISION.format(up=change[0], down=change[1]))
        project.run("upgrade", "1")
        execute(url, statements)
        before = everything(url)
        if run(project, before, "upgrade", "head"):
            run(project, before, "downgrade", "1")
