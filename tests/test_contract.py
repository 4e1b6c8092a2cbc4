"""What waits until the old code is gone, and a database on which the new code works beside it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from alembic.util import CommandError
from sqlalchemy import Engine, URL, create_engine, select, text
from sqlalchemy.orm import Session

from support.databases import database, plain_engine, table_names
from support.migrations import Project, new_project

# --- The mark, on any database ----------------------------------------------------------------


def revision(project: Project, name: str, down: str | None, more: str = "") -> None:
    """Write a revision that creates a table of its name; one on two others does nothing."""
    does = "pass" if down and "(" in down else f"op.execute('CREATE TABLE {name} (id int)')"
    (project.migrations / "versions" / f"{name}.py").write_text(f'''
"""of {name}"""
from alembic import op
revision = "{name}"
down_revision = {down}
{more}
def upgrade():
    {does}
def downgrade():
    op.execute("DROP TABLE {name}")
''')


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Render a project on SQLite."""
    with database("sqlite+pysqlite", tmp_path) as url:
        yield new_project(tmp_path, url)


def tables(project: Project) -> set[str]:
    """Return the names of the tables."""
    assert project.url
    return table_names(project.url)


@contextmanager
def commands(project: Project) -> Iterator[Any]:
    """Import what an application calls."""
    with project.imported():
        sys.path.insert(0, str(project.models.parents[1]))
        yield import_module("my_app.migrations.commands")


CONTRACT = "contract = True"


def test_upgrade_stops_before_what_waits_and_the_new_code_may_start(project: Project) -> None:
    revision(project, "a", None)
    revision(project, "b", "'a'")
    with commands(project) as code:
        code.upgrade()
    revision(project, "c", "'b'")
    revision(project, "d", "'c'", CONTRACT)
    revision(project, "e", "'d'", CONTRACT)
    with commands(project) as code:
        expected = "run python -m my_app.migrations -x expand upgrade head"
        with pytest.raises(CommandError, match=expected):
            code.require_head()
        code.upgrade(expand=True)
        assert tables(project) == {"a", "b", "c"}
        code.require_head()
        code.upgrade()
        assert tables(project) == {"a", "b", "c", "d", "e"}


def test_command_line_says_before_which_it_stops(project: Project) -> None:
    revision(project, "a", None)
    revision(project, "b", "'a'", CONTRACT)
    done = project.cli("-x", "expand", "upgrade", "head")
    assert done.returncode == 0, done.stderr
    says = "Stops before b (of b): run `alembic upgrade head` when the old code is gone"
    assert says in done.stderr
    assert tables(project) == {"a"}
    sql = project.cli("-x", "expand", "upgrade", "head", "--sql").stdout
    assert "CREATE TABLE a" in sql
    assert "CREATE TABLE b" not in sql
    assert project.cli("-x", "expand", "downgrade", "base").returncode == 0
    assert tables(project) == set()


def test_what_stands_on_what_waits_is_refused_with_nothing_done(project: Project) -> None:
    revision(project, "a", None)
    revision(project, "b", "'a'", CONTRACT)
    revision(project, "c", "'b'")
    expected = r"c \(of c\) can't run before b \(of b\): run `alembic upgrade head` when"
    with commands(project) as code:
        for call in (code.require_head, lambda: code.upgrade(expand=True)):
            with pytest.raises(CommandError, match=expected):
                call()
        assert tables(project) == set()
        code.upgrade()
        code.require_head()


def test_what_waits_stops_no_other_branch(project: Project) -> None:
    revision(project, "a", None)
    revision(project, "b", "'a'", CONTRACT)
    revision(project, "c", "'a'")
    revision(project, "m", "('b', 'c')")
    with commands(project) as code:
        code.upgrade(expand=True)
        code.require_head()
        assert tables(project) == {"a", "c"}
        code.upgrade()
        assert tables(project) == {"a", "b", "c"}
