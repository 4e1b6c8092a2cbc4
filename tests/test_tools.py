"""The commands that Alembic lacks, in `tools/`: on the command line, and what each says."""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.util import load_python_file
from sqlalchemy import text

from support import template
from support.databases import database, has_server, plain_engine
from support.migrations import Project, new_project

WITH_SERVER = [
    pair
    for pair in (*template.MODES_AND_DRIVERS, *template.MODES_AND_DRIVERS_ON_MYSQL)
    if has_server(pair[1])
]
REVISION = """\
from alembic import op

revision = {name!r}
down_revision = {down!r}
{more}

def upgrade() -> None:
    {body}


def downgrade() -> None:
    pass
"""


def write(project: Project, *names: str, body: str = "pass", more: str = "") -> None:
    """Write these revisions, one after the other and after those that are there."""
    down = None
    for file in project.revisions:
        down = file.stem.partition("_")[0]
    for name in names:
        said = REVISION.format(name=name, down=down, body=body, more=more)
        file = project.migrations / "versions" / f"{name}_{name}.py"
        file.write_text(f'"""about {name}"""\n{said}')
        down = name


def run(project: Project, name: str, **options: Any) -> str:
    """Run a tool in this process and return what it prints."""
    config = project.config()
    tool = load_python_file(project.migrations / "tools", f"{name}.py")
    with project.imported():
        getattr(tool, name)(config, **options)
    assert isinstance(config.stdout, io.StringIO)
    return config.stdout.getvalue()


def rows(said: str) -> list[list[str]]:
    """Return the cells of a table."""
    return [re.split("  +", line, maxsplit=2) for line in said.splitlines()]


@contextlib.contextmanager
def executing(url: Any, *statements: str) -> Iterator[None]:
    """Execute statements on a connection that stays open."""
    with plain_engine(url).connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
        yield


@pytest.mark.parametrize("config", template.choices("config", project="new"))
def test_folder_at_the_root_has_alembic_s_commands_and_more(config: str, tmp_path: Path) -> None:
    project = new_project(
        tmp_path, layout="flat", placement="root", directory="alembic", config=config
    )
    for arguments in (
        ("revision", "--autogenerate", "-m", "create tables"),
        ("upgrade", "head"),
        ("status",),
    ):
        result = subprocess.run(
            [sys.executable, "-W", "error", project.migrations, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.endswith("  create tables\n")
    assert not result.stderr


# --- status -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "driver"), WITH_SERVER, ids=str)
def test_status_shows_what_is_applied_pending_and_unknown(
    mode: str, driver: str, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as url:
        answers = {"mode": mode, "driver": driver.removesuffix(template.ON_MYSQL)}
        project = new_project(tmp_path, url, **answers)
        (project.models / "__init__.py").write_text("raise RuntimeError")  # imports no models
        assert run(project, "status") == "There is no revision\n"
        write(project, "a1", "a2", "a3")
        write(project, "a4", more="contract = True\n")
        assert [each[:2] for each in rows(run(project, "status"))] == [
            ["pending", each] for each in ("a1", "a2", "a3", "a4")
        ]
        project.run("upgrade", "a3")
        assert rows(run(project, "status")) == [
            ["applied", "a3", "about a3"],
            ["applied", "2 more", "before it"],
            ["pending", "a4", "about a4 (contract)"],
        ]
        assert len(rows(run(project, "status", shown=None))) == 4
        said = json.loads(run(project, "status", form="json"))
        assert said["current"] == ["a3"]
        assert [each["revision"] for each in said["applied"]] == ["a3", "a2", "a1"]
        assert said["pending"] == [{"revision": "a4", "message": "about a4", "contract": True}]
        (project.migrations / "versions" / "a4_a4.py").unlink()
        (project.migrations / "versions" / "a3_a3.py").unlink()
        assert rows(run(project, "status")) == [
            ["pending", "a1", "about a1"],
            ["pending", "a2", "about a2"],
            ["unknown", "a3", "no revision of this code"],
        ]


def test_status_names_what_postgresql_left_half_done(tmp_path: Path) -> None:
    driver = "postgresql+psycopg"
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, driver=driver)
        engine = plain_engine(url)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text('CREATE TABLE "Order" (a int, b int)'))
            connection.execute(text('INSERT INTO "Order" VALUES (1, 1), (1, 2)'))
            check = 'ALTER TABLE "Order" ADD CONSTRAINT "Positive" CHECK (b > 1) NOT VALID'
            connection.execute(text(check))
            with contextlib.suppress(Exception):
                build = 'CREATE UNIQUE INDEX CONCURRENTLY "Once" ON "Order" (a)'
                connection.execute(text(build))
        validate = 'ALTER TABLE "Order" VALIDATE CONSTRAINT "Positive"'
        assert rows(run(project, "status")) == [
            ["invalid", '"Once"', 'index on "Order", half built: DROP INDEX CONCURRENTLY "Once"'],
            [
                *("not valid", '"Positive"'),
                f"never validated for older rows: {validate}",
            ],
        ]


@pytest.mark.parametrize(
    "driver", ["postgresql+psycopg", "mysql+pymysql", f"mysql+pymysql{template.ON_MYSQL}"]
)
def test_status_says_who_migrates_and_does_not_wait(driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, driver=driver.removesuffix(template.ON_MYSQL))
        body = "op.execute('SELECT {}(20)')".format(
            "pg_sleep" if driver.startswith("postgresql") else "SLEEP"
        )
        write(project, "a1", body=body)
        with subprocess.Popen(
            [sys.executable, "-m", "alembic", "upgrade", "head"],
            cwd=project.path,
            env=project.environment(),
            stderr=subprocess.PIPE,
            text=True,
        ) as migrating:
            try:
                assert migrating.stderr
                while "Running upgrade" not in migrating.stderr.readline():
                    pass
                locked: list[list[str]] = []
                while not [each for each in locked if "SELECT" in each[-1]]:
                    said = rows(run(project, "status"))
                    locked = [each for each in said if each[0] == "locked"]
            finally:
                migrating.kill()
        assert said[0] == ["pending", "a1", "about a1"]
        assert len(locked) == 1


def test_status_reads_sqlite_while_it_is_migrated(tmp_path: Path) -> None:
    with database("sqlite+pysqlite", tmp_path) as url:
        project = new_project(tmp_path, url)
        write(project, "a1", "a2")
        project.run("upgrade", "a1")
        with executing(url, "PRAGMA busy_timeout = 0", "BEGIN IMMEDIATE", "CREATE TABLE t (a)"):
            assert rows(run(project, "status"))[0][:2] == ["applied", "a1"]


@pytest.mark.parametrize("driver", ["mysql+pymysql", f"mysql+pymysql{template.ON_MYSQL}"])
def test_status_names_the_revision_that_failed_halfway_on_mysql(
    driver: str, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, driver=driver.removesuffix(template.ON_MYSQL))
        write(project, "a1", body="op.execute('CREATE TABLE t (a int)'); op.execute('nonsense')")
        with pytest.raises(Exception, match="nonsense"):
            project.run("upgrade", "head")
        about = "statements that stand: 1; it goes on after them"
        assert rows(run(project, "status"))[-1] == ["halfway", "a1 up", about]
