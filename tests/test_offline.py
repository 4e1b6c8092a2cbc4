"""SQL is written with no server, no URL and no driver (promise 10)."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import render_python_code
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, create_mock_engine

from support import processes, template
from support.databases import PLAIN_DRIVERS
from support.migrations import Project, new_project

# Runs the command line in an interpreter that has none of the drivers.
WITHOUT_DRIVERS = """
import sys
sys.modules.update(dict.fromkeys(
    "sqlite3 aiosqlite psycopg psycopg2 asyncpg pg8000 pymysql MySQLdb mysql.connector mariadb "
    "aiomysql asyncmy pyodbc aioodbc oracledb cx_Oracle".split()
))
from alembic.config import main
main(prog="alembic")
"""
REVISION = """
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql

revision = "1"
down_revision = None


def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    {downgrade}
"""


@pytest.fixture(params=template.MODES_AND_DRIVERS, ids="-".join)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """Render a project for each driver, with the revision that autogenerate would write.

    Alembic renders it from the models for the driver's dialect, as no server is there to ask.
    """
    mode, driver = request.param
    project = new_project(tmp_path, mode=mode, driver=driver)
    upgrade, downgrade = ops.UpgradeOps([]), ops.DowngradeOps([])
    for table in project.metadata().sorted_tables:
        upgrade.ops.append(ops.CreateTableOp.from_table(table))
        upgrade.ops.extend(ops.CreateIndexOp.from_index(index) for index in table.indexes)
        downgrade.ops.insert(0, ops.DropTableOp.from_table(table))
    context = MigrationContext.configure(dialect_name=dialect(project))
    revision = REVISION.format(
        upgrade=render_python_code(upgrade, migration_context=context),
        downgrade=render_python_code(downgrade, migration_context=context),
    )
    (project.migrations / "versions" / "1_create_tables.py").write_text(revision)
    return project


def dialect(project: Project) -> str:
    return project.answers["driver"].split("+")[0]


def without_drivers(project: Project, *arguments: str) -> str:
    """Return what the command line prints to stdout where no driver can be imported."""
    command = ("python", "-c", WITHOUT_DRIVERS, *arguments)
    result = processes.run(command, project.path, os.environ)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_sql_needs_no_url_and_no_driver(project: Project) -> None:
    sql = without_drivers(project, "upgrade", "head", "--sql")
    assert sql == project.run("upgrade", "head", sql=True)
    assert "DROP TABLE purchase" in without_drivers(project, "downgrade", "head:base", "--sql")


def test_sql_creates_what_the_models_say(project: Project) -> None:
    written = statements(project.run("upgrade", "head", sql=True))
    expected = statements(";\n\n".join(create_all(project.metadata(), dialect(project))))
    assert len(expected) >= 3
    assert expected <= written


def create_all(metadata: MetaData, dialect: str) -> list[str]:
    """Return the statements of MetaData.create_all()."""
    found: list[str] = []

    def keep(ddl: Any, *_: Any, **__: Any) -> None:
        found.append(str(ddl.compile(dialect=engine.dialect)))

    engine = create_mock_engine(f"{PLAIN_DRIVERS.get(dialect, dialect)}://", keep)
    metadata.create_all(engine, checkfirst=False)
    return found


def statements(script: str) -> set[str]:
    """Return the statements of a script, each in one line and with a table's lines sorted."""
    script = re.sub(r"^--.*", "", script, flags=re.MULTILINE)
    script = script.replace("(CURRENT_TIMESTAMP)", "CURRENT_TIMESTAMP")  # Alembic's, on SQLite
    separator = r"^/$|^GO$|;$"  # of Oracle, of SQL Server, of all others
    return {
        " | ".join(sorted(line.strip(" \t,") for line in statement.splitlines() if line.strip()))
        for statement in re.split(separator, script, flags=re.MULTILINE)
        if statement.strip()
    }


def test_script_holds_nothing_but_sql(project: Project) -> None:
    start = r"(-- Running upgrade .*\n\s*)?(BEGIN|COMMIT|CREATE (TABLE|TYPE|INDEX)|INSERT INTO) ?"
    script = without_drivers(project, "upgrade", "head", "--sql")
    separator = r"^/$|^GO$|;$"
    for statement in re.split(separator, script, flags=re.MULTILINE):
        assert re.match(start, statement.strip()) or not statement.strip()
    assert not re.search(r"[(= ]:\w", script)  # a bind variable


def test_script_holds_nothing_that_the_application_prints(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    db = project.path / "src" / "my_app" / "db.py"
    db.write_text(db.read_text() + '\nprint("hello from db.py")\n')
    result = project.cli("upgrade", "head", "--sql")
    assert "hello" not in result.stdout
    assert "hello from db.py" in result.stderr
