"""A project whose tenants have a schema each, and what became of them."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import URL, text
from sqlalchemy.schema import CreateSchema

from support.databases import database, plain_engine
from support.migrations import Project, new_project

SHARED = '''
"""What tenants share."""
from alembic import op

revision = "s1"
down_revision = None
branch_labels = ("shared",)


def upgrade():
    op.execute("CREATE SCHEMA shared")
    op.execute("CREATE TABLE shared.plan (id int PRIMARY KEY)")
    op.execute("CREATE TABLE shared.log (tenant text, revision text, connections int)")


def downgrade():
    op.execute("DROP SCHEMA shared CASCADE")
'''
OWN = '''
"""What each tenant has."""
import time

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

revision = "{number}"
down_revision = {down!r}
branch_labels = {labels!r}
LOG = """
    INSERT INTO shared.log SELECT current_schema(), '{number}', count(*)
    FROM pg_stat_activity WHERE datname = current_database()
"""


def upgrade():
    {statement}
    op.execute(LOG)


def downgrade():
    {undo}
'''
FIRST = (
    'op.execute("CREATE TABLE customer (id int PRIMARY KEY, plan_id int REFERENCES shared.plan)")'
)


def own(project: Project, number: int, statement: str, undo: str = "pass") -> None:
    """Write a revision of each tenant's."""
    text = OWN.format(
        number=f"t{number}",
        down=f"t{number - 1}" if number > 1 else None,
        labels=("tenants",) if number == 1 else None,
        statement=statement,
        undo=undo,
    )
    (project.migrations / "versions" / f"t{number}.py").write_text(text)


@contextmanager
def tenants_project(
    folder: Path,
    *tenants: str,
    mode: str = "sync",
    driver: str = "postgresql+psycopg",
    ci: str = "none",
) -> Iterator[Project]:
    """Render a project with a revision of each history, and create tenants."""
    config = "pyproject.toml" if mode == "async" else "alembic.ini"
    answers = {"mode": mode, "driver": driver, "config": config, "tenants": "schemas", "ci": ci}
    with database(driver, folder) as url:
        project = new_project(folder, url, **answers)
        shared = project.migrations / "versions" / "shared"
        shared.mkdir()
        (shared / "s1.py").write_text(SHARED)
        own(project, 1, FIRST, 'op.execute("DROP TABLE customer")')
        create(url, *tenants)
        yield project


def create(url: URL, *tenants: str) -> None:
    """Create the tenants' schemas."""
    with plain_engine(url).begin() as connection:
        for tenant in tenants:
            connection.execute(CreateSchema(tenant))


def execute(project: Project, *statements: str) -> None:
    """Execute SQL in the project's database."""
    assert project.url
    with plain_engine(project.url).begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def rows(project: Project, query: str) -> list[Any]:
    """Return what a query finds in the project's database."""
    assert project.url
    with plain_engine(project.url).connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def log(project: Project) -> list[tuple[str, str]]:
    """Return which tenant ran which revision, as often as it did."""
    return sorted(rows(project, "SELECT tenant, revision FROM shared.log"))


def run(
    project: Project, name: str, *arguments: Any, x: tuple[str, ...] = (), sql: bool = False
) -> str:
    """Run a command with these values of -x in this process, and return what it printed."""
    config = project.config()
    config.cmd_opts = Namespace(x=[*x])
    with project.imported():
        getattr(command, name)(config, *arguments, **({"sql": True} if sql else {}))
    buffer = config.output_buffer if sql else config.stdout
    return str(buffer.getvalue())  # type: ignore[union-attr]


def became(output: str) -> dict[str, str]:
    """Return the status of each tenant, of what -x json printed."""
    lines = [json.loads(line) for line in output.splitlines()]
    assert len({line["tenant"] for line in lines}) == len(lines), lines
    return {line["tenant"]: line["status"] for line in lines}


def names(count: int) -> list[str]:
    """Return names for tenants, in their order."""
    return [f"tenant_{number:02}" for number in range(count)]


def command_line(project: Project, *arguments: str) -> tuple[int, str, str]:
    """Run Alembic's command line, and return its code and what it printed."""
    process = project.cli(*arguments)
    return process.returncode, process.stdout, process.stderr
