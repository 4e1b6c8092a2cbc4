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
from alembic.util import CommandError, load_python_file
from sqlalchemy import URL, inspect, text

from support import template
from support.contents import contents
from support.databases import database, has_server, plain_engine, table_names
from support.migrations import Project, new_project
from support.processes import Upgrade

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


def write(
    project: Project, *names: str, body: str = "pass", more: str = "", down: str | None = None
) -> None:
    """Write these revisions, one after the other and after those that are there."""
    for file in [] if down else project.revisions:
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
        unknown = ["unknown", "a3", "no revision of this code"]
        assert rows(run(project, "status")) == [unknown]  # nothing that the database may have


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
        output = tmp_path / "output"
        migrating = Upgrade(project, output)
        try:
            migrating.until(lambda: output.exists() and "Running upgrade" in output.read_text())
            locked: list[list[str]] = []
            while not [each for each in locked if "SELECT" in each[-1]]:
                said = rows(run(project, "status"))
                locked = [each for each in said if each[0] == "locked"]
        finally:
            migrating.process.kill()
            migrating.process.join()
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


# --- which ------------------------------------------------------------------------------------

WHICH = [
    ("sync", "sqlite+pysqlite"),
    ("async", "sqlite+aiosqlite"),
    ("sync", "postgresql+psycopg"),
    ("async", "postgresql+asyncpg"),
    ("sync", "mysql+pymysql"),
    ("sync", f"mysql+pymysql{template.ON_MYSQL}"),
]


@contextlib.contextmanager
def two_databases(driver: str, folder: Path, mode: str = "sync") -> Iterator[tuple[Project, URL]]:
    """Yield a project, and the URL of an empty database beside its own."""
    with database(driver, folder) as url, database(driver, folder) as scratch:
        answers = {"mode": mode, "driver": driver.removesuffix(template.ON_MYSQL)}
        yield new_project(folder, url, **answers), scratch


def shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.mark.parametrize(("mode", "driver"), WHICH, ids=str)
def test_which_finds_the_baseline_of_what_create_all_made(
    mode: str, driver: str, tmp_path: Path
) -> None:
    with two_databases(driver, tmp_path, mode) as (project, scratch):
        assert project.url
        project.metadata().create_all(plain_engine(project.url))
        before = contents(project.url)
        with database(driver, tmp_path) as empty:  # a baseline is made on an empty database
            project.configured_url = shown(empty)
            project.autogenerate("baseline")
            project.configured_url = ""
        (revision,) = project.revisions
        baseline = revision.stem.split("_")[4]
        write(project, "a2", body="op.execute('CREATE TABLE later (a int)')", down=baseline)
        url = None if "sqlite" in driver else shown(scratch)
        assert run(project, "which", scratch=url).splitlines()[:3] == [
            "The table of versions says: nothing",
            f"Nearest is {baseline} (baseline), differences: no",
            f"To write it down: alembic stamp {baseline}",
        ]
        assert contents(project.url) == before
        project.run("stamp", baseline)
        project.run("upgrade", "head")
        assert "later" in table_names(project.url)


@pytest.mark.parametrize("driver", [pair[1] for pair in WHICH if pair[0] == "sync"])
def test_which_names_what_differs_from_the_nearest(driver: str, tmp_path: Path) -> None:
    with two_databases(driver, tmp_path) as (project, scratch):
        assert project.url
        for name in ("a1", "a2", "a3"):
            write(project, name, body=f"op.execute('CREATE TABLE {name} (a int, b int)')")
        view = "CREATE VIEW v AS SELECT {} FROM a2"
        write(project, "a4", body=f"op.execute({view.format('a')!r})")
        write(project, "a5")  # of rows alone
        project.run("upgrade", "a2")
        with plain_engine(project.url).begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = 'gone'"))
            connection.execute(text("DROP TABLE a1"))
            connection.execute(text("CREATE TABLE a1 (a int)"))
            connection.execute(text("CREATE TABLE a3 (a int, b int)"))
            connection.execute(text(view.format("a")))
        url = None if "sqlite" in driver else shown(scratch)
        said = run(project, "which", scratch=url).splitlines()
        assert said[0] == "The table of versions says: gone"
        assert said[1] == "Nearest is a5 (about a5), differences: 1"
        assert said[2].startswith("  the database lacks column a1.b INT")
        assert said[3:5] == [
            "As near is a4 (about a4): what differs are rows, look at these",
            "To write it down: alembic stamp --purge a5",
        ]
        with plain_engine(project.url).begin() as connection:
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "gone"
            connection.execute(text("DROP VIEW v"))
            connection.execute(text(view.format("b")))
        said = run(project, "which", scratch=url).splitlines()  # on the same scratch database
        assert said[1] == "Nearest is a3 (about a3), differences: 2"
        assert re.match(r"  only the database has view \S*v .*\bb\b", said[3])


def test_which_writes_to_no_database_that_is_in_use(tmp_path: Path) -> None:
    with two_databases("postgresql+psycopg", tmp_path) as (project, scratch):
        assert project.url
        write(project, "a1")
        project.metadata().create_all(plain_engine(project.url))
        before = contents(project.url)
        with pytest.raises(CommandError, match="Name an empty database of this server"):
            run(project, "which")
        with pytest.raises(CommandError, match="The scratch database has tables"):
            run(project, "which", scratch=shown(project.url))
        hooks = project.migrations / "hooks.py"
        line = f"context.config.set_main_option('sqlalchemy.url', {shown(project.url)!r})"
        hooks.write_text(f"{hooks.read_text()}\nfrom alembic import context\n{line}\n")
        with pytest.raises(CommandError, match=r"hooks\.py puts another URL into the Config"):
            run(project, "which", scratch=shown(scratch))
        assert contents(project.url) == before


# --- rehearse ---------------------------------------------------------------------------------

TRANSACTIONAL = [pair for pair in WHICH if "mysql" not in pair[1]]


@pytest.mark.parametrize(("mode", "driver"), TRANSACTIONAL, ids=str)
def test_rehearsal_here_leaves_nothing_behind(mode: str, driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, mode=mode, driver=driver)
        write(project, "a1", body="op.execute('CREATE TABLE customer (a int)')")
        project.run("upgrade", "head")
        write(project, "a2", body="op.execute('INSERT INTO customer VALUES (1)')")
        write(project, "a3", body="op.execute('CREATE TABLE t (a int)')")
        before = contents(url), project.run("current")
        said = run(project, "rehearse", here=10.0)
        seconds = re.compile(r"^(a\d) \((.*)\): [\d.]+ seconds$", re.MULTILINE)
        found = seconds.findall(said)
        assert found == [("a2", "about a2"), ("a3", "about a3")]
        assert said.splitlines()[-1].startswith("Rolled back: locks were held for ")
        write(project, "a4", body="op.execute('nonsense')")
        with pytest.raises(CommandError, match="nonsense"):
            run(project, "rehearse", here=10.0)
        assert (contents(url), project.run("current")) == before
        with plain_engine(url).connect() as connection:
            assert not connection.scalar(text("SELECT count(*) FROM customer"))


def test_rehearsal_says_what_is_locked_and_written_anew(tmp_path: Path) -> None:
    driver = "postgresql+psycopg"
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, driver=driver)
        create = """op.execute('CREATE TABLE "Order" (a int primary key, b int)')"""
        write(project, "a1", body=create)
        project.run("upgrade", "head")
        change = """op.execute('ALTER TABLE "Order" ALTER b TYPE bigint')"""
        write(project, "a2", body=change)
        write(project, "a3", body="""op.execute('ALTER TABLE "Order" ADD c int')""")
        write(project, "a4", body="op.create_index('ix', 'Order', ['b'])")
        write(project, "a5", body="""op.execute('UPDATE "Order" SET b = 1')""")
        expected = [
            '  ACCESS EXCLUSIVE on "Order": stops reads and writes',
            '  table "Order" is written anew, about 0 bytes',
        ]
        said = run(project, "rehearse", here=10.0).splitlines()
        assert said[1:3] == expected
        with database(driver, tmp_path) as copy:
            project.url = copy
            project.run("upgrade", "a1")
            project.url = url
            said = run(project, "rehearse", on=shown(copy)).splitlines()
            assert [line for line in said if line.startswith("  ")] == [
                *expected,
                '  index "Order_pkey" is written anew, about 8192 bytes',
                expected[0],
                '  SHARE on "Order": stops writes',
                '  ROW EXCLUSIVE on "Order"',
            ]
            assert run(project, "rehearse", on=shown(copy)) == "Nothing is pending\n"
        assert "a1" in project.run("current")


@pytest.mark.parametrize("driver", [pair[1] for pair in WHICH if pair[0] == "sync"])
def test_rehearsal_runs_on_a_copy_and_never_by_itself(driver: str, tmp_path: Path) -> None:
    with two_databases(driver, tmp_path) as (project, copy):
        assert project.url
        write(project, "a1", body="op.execute('CREATE TABLE t (a int)')")
        with pytest.raises(CommandError, match="Say on what"):
            run(project, "rehearse")
        with pytest.raises(CommandError, match="That is the database itself"):
            run(project, "rehearse", on=shown(project.url.set(query={})))
        if "mysql" in driver:
            with pytest.raises(CommandError, match="commits each CREATE and ALTER"):
                run(project, "rehearse", here=10.0)
        assert table_names(project.url) == set()
        assert run(project, "rehearse", on=shown(copy)).startswith("a1 (about a1): ")
        assert table_names(copy) == {"t"}
        assert table_names(project.url) == set()


def test_rehearsal_here_ends_in_time_and_outside_no_transaction(tmp_path: Path) -> None:
    driver = "postgresql+psycopg"
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, driver=driver)
        write(project, "a1", body="op.execute('SELECT pg_sleep(30)')")
        with pytest.raises(CommandError, match="statement timeout"):
            run(project, "rehearse", here=0.3)
        project.revisions[0].unlink()
        body = "with op.get_context().autocommit_block(): op.execute('VACUUM')"
        write(project, "a1", body=body)
        with pytest.raises(CommandError, match="must be outside a transaction"):
            run(project, "rehearse", here=10.0)
        for body in ("op.execute('CREATE TABLE t (); COMMIT')", "op.get_bind().commit()"):
            project.revisions[0].unlink()
            write(project, "a1", body=body)
            with pytest.raises(CommandError, match="by itself: use --on a copy"):
                run(project, "rehearse", here=10.0)
        with plain_engine(url).connect() as connection:
            assert inspect(connection).get_table_names() == []
