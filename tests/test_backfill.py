"""op.backfill() fills a column in batches, each committed, and goes on where it was killed."""

from __future__ import annotations

import logging
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import text

from support import template
from support.databases import database, plain_engine, run_script, server_url
from support.migrations import Project, new_project
from test_lock_retry import beside, until
from test_lock_timeout import change_hooks

SERVERS = ("postgresql+", "mysql+", "mariadb+")
ALL = (*template.MODES_AND_DRIVERS, *template.ONE_A_MODE_ON_MYSQL)
ON_SERVERS = [pair for pair in ALL if pair[1].startswith(SERVERS)]
DRIVERS = [pair for pair in ALL if pair[1].startswith((*SERVERS, "sqlite+"))]
POSTGRESQL = ("sync", "postgresql+psycopg")
ONE_A_SERVER = [POSTGRESQL, ("sync", "mysql+pymysql"), ("sync", "mysql+pymysql-on-mysql")]

REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None
t = sa.table("t", sa.column("a"), sa.column("phone", sa.String))


def upgrade() -> None:
    {statements}
"""
TABLE = (
    "CREATE TABLE t (a varchar(9), b bigint, phone varchar(9), n int DEFAULT 0, primary key(a, b))"
)
ROWS = 7
FILL = (
    """op.backfill("t", {"phone": "it's", "n": sa.text("n + 1")}, "phone IS NULL", batch_size=2)"""
)


@pytest.fixture(params=DRIVERS, ids="-".join)
def project(
    request: pytest.FixtureRequest, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> Iterator[Project]:
    """Render a project with a table, whose key has two columns, and log as a terminal shows it."""
    caplog.set_level(logging.INFO, "alembic.runtime.migration")
    mode, driver = request.param
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, mode=mode, driver=driver)
        execute(
            project,
            TABLE,
            *(
                f"INSERT INTO t (a, b) VALUES ('{row % 3}', {3_000_000_000 + row * row})"
                for row in range(ROWS)
            ),
        )
        yield project


on_servers = pytest.mark.parametrize("project", ON_SERVERS, indirect=True, ids="-".join)
one_a_server = pytest.mark.parametrize("project", ONE_A_SERVER, indirect=True, ids="-".join)
on_postgresql = pytest.mark.parametrize("project", [POSTGRESQL], indirect=True, ids="-".join)


def execute(project: Project, *statements: str) -> None:
    """Run statements, each in its own transaction."""
    assert project.url
    engine = plain_engine(project.url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


def write_revision(project: Project, *statements: str) -> None:
    """Write the only revision."""
    content = REVISION.format(statements="\n    ".join(statements))
    (project.migrations / "versions" / "1.py").write_text(content)


def found(project: Project, column: str = "phone", table: str = "t") -> list[object]:
    """Return what a column holds."""
    assert project.url
    with plain_engine(project.url).connect() as connection:
        return [*connection.scalars(text(f"SELECT {column} FROM {table} ORDER BY {column}"))]


def test_column_is_filled(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    write_revision(project, FILL)
    project.run("upgrade", "head")
    assert found(project) == ["it's"] * ROWS
    assert found(project, "n") == [1] * ROWS
    assert f"Filled {ROWS} rows of t" in caplog.text


def test_update_of_sqlalchemy_is_taken_and_its_where_stays_whole(project: Project) -> None:
    where = "sa.text(\"a = '0' OR a = '1'\")"
    update = f"sa.update(t).where({where}).values(phone=sa.func.upper(t.c.a + 'x'))"
    write_revision(project, f"op.backfill({update}, batch_size=2)")
    project.run("upgrade", "head")
    assert {*found(project)} == {"0X", "1X", None}
    assert len([phone for phone in found(project) if phone is None]) == 2


def test_script_has_one_update(project: Project) -> None:
    assert project.url
    write_revision(project, FILL)
    script = project.run("upgrade", "head", sql=True)
    assert script.count("UPDATE t ") == 1
    run_script(project.url, script)
    assert found(project) == ["it's"] * ROWS


def test_update_that_fills_all_again_is_refused(project: Project) -> None:
    write_revision(project, 'op.backfill("t", {"phone": "x"})')
    with pytest.raises(CommandError, match="needs a WHERE"):
        project.run("upgrade", "head")
    assert found(project) == [None] * ROWS


def test_row_that_stays_empty_does_not_stop_it(project: Project) -> None:
    write_revision(
        project, 'op.backfill("t", {"phone": sa.null()}, where="phone IS NULL", batch_size=2)'
    )
    project.run("upgrade", "head")
    assert found(project) == [None] * ROWS


@pytest.mark.parametrize(
    "project", [*ONE_A_SERVER[1:], ("sync", "sqlite+pysqlite")], indirect=True, ids="-".join
)
def test_column_with_empty_rows_is_not_made_required_and_they_are_counted(project: Project) -> None:
    execute(project, "UPDATE t SET phone = 'x' WHERE a = '0'")
    write_revision(
        project,
        'with op.batch_alter_table("t") as batch:',
        '    batch.alter_column("phone", nullable=False, existing_type=sa.String(9))',
    )
    with pytest.raises(CommandError, match=r"phone is NULL in 4 rows of t: fill them with"):
        project.run("upgrade", "head")
    execute(project, "UPDATE t SET phone = 'x'")
    project.run("upgrade", "head")


# By server: a type, and a value of it by a number.
KEYS = {
    "postgresql": {
        "integer": "{}",
        "bigint": "{} * 3000000000",
        "uuid": "md5(({})::text)::uuid",
        "text": "'it''s: %({})s \\'",
        "bytea": "decode(md5(({})::text), 'hex')",
        "timestamptz": "timestamptz '2020-01-01 00:00:00.000001Z' + {} * interval '1us'",
        "date": "date '2020-01-01' + {}",
        "numeric": "{} / 3.0",
        "inet": "inet '10.0.0.0' + {}",
        "color": "(enum_range(NULL::color))[{} + 1]",
    },
    "mysql": {
        "integer": "{}",
        "bigint unsigned": "18446744073709551615 - {}",
        "varchar(20)": "'it''s: %({})s'",
        "binary(28)": "unhex(sha2({}, 224))",
        "datetime(6)": "timestamp '2020-01-01 00:00:00.000001' + interval {} microsecond",
        "date": "date '2020-01-01' + interval {} day",
        "time": "sec_to_time({} * 4000)",
        "decimal(20, 9)": "{} / 7",
    },
}


@on_servers
def test_key_may_be_of_any_type(project: Project) -> None:
    assert project.url
    backend = "postgresql" if project.url.get_backend_name() == "postgresql" else "mysql"
    if backend == "postgresql":
        execute(project, "CREATE TYPE color AS ENUM ('z', 'a', 'y', 'b', 'x')")
    fills = {}
    for number, (type_, value) in enumerate(KEYS[backend].items()):
        if (project.answers["driver"], type_) == ("mysql+aiomysql", "binary(28)"):
            continue  # aiomysql 0.3.2 can't send bytes with PyMySQL 1.2, for anybody
        execute(project, f"CREATE TABLE t{number} (k {type_} PRIMARY KEY, phone int)")
        for row in range(5):
            key = value.format(row).replace(":", "\\:")
            execute(project, f"INSERT INTO t{number} (k) SELECT {key}")
        fills[type_] = f"t{number}"
    fill = 'op.backfill("{}", {{"phone": 1}}, "phone IS NULL", batch_size=2)'
    write_revision(project, *map(fill.format, fills.values()))
    project.run("upgrade", "head")
    for type_, table in fills.items():
        assert found(project, table=table) == [1] * 5, type_


KILL = """
import os
from sqlalchemy import Engine, event

left = int(os.environ.get("UPDATES", 0))


@event.listens_for(Engine, "before_cursor_execute")
def kill(*arguments):
    global left
    if arguments[2].startswith("UPDATE t"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)
"""


@one_a_server
def test_it_goes_on_where_it_was_killed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    hooks = project.migrations / "hooks.py"
    hooks.write_text(hooks.read_text() + KILL)
    write_revision(project, FILL)
    monkeypatch.setenv("UPDATES", "3")
    assert project.cli("upgrade", "head").returncode == -9
    assert found(project, "n") == [0] * (ROWS - 4) + [1] * 4
    monkeypatch.delenv("UPDATES")
    project.run("upgrade", "head")
    assert found(project, "n") == [1] * ROWS


@one_a_server
def test_batch_that_finds_a_row_in_use_is_tried_again_and_those_before_stand(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    assert project.url
    change_hooks(project, "lock_timeout = 0.3", "lock_wait = 600")
    write_revision(project, FILL)
    with plain_engine(project.url).connect() as holder:
        holder.execute(text("UPDATE t SET n = n WHERE a = '2'"))

        def release() -> None:
            until(lambda: caplog.text.count("A batch found") > 1)
            assert found(project, "n") == [0] * 3 + [1] * 4
            holder.rollback()

        with beside(release):
            project.run("upgrade", "head")
    assert found(project, "n") == [1] * ROWS


@one_a_server
def test_it_gives_up_after_lock_wait_in_a_line(project: Project) -> None:
    assert project.url
    change_hooks(project, "lock_timeout = 0.3", "lock_wait = 0.1")
    write_revision(project, FILL)
    with plain_engine(project.url).connect() as holder:
        holder.execute(text("UPDATE t SET n = n WHERE a = '2'"))
        with pytest.raises(CommandError, match=r"^Revision 1 waited 0\.3 seconds, 2 times, for a "):
            project.run("upgrade", "head")
        holder.rollback()
    assert found(project, "n") == [0] * 3 + [1] * 4


@one_a_server
def test_what_can_t_be_done_in_batches_is_refused_in_a_line(project: Project) -> None:
    execute(project, "CREATE TABLE bare (phone int)")
    bare = 'op.backfill("bare", {"phone": 1}, where="phone IS NULL")'
    cases = {
        bare: "bare is no table with a primary key",
        bare.replace('"bare"', '"nowhere"'): "nowhere is no table",
        f"with op.get_context().autocommit_block():\n        {FILL}": "outside of autocommit_block",
    }
    for statement, said in cases.items():
        write_revision(project, statement)
        with pytest.raises(CommandError, match=said):
            project.run("upgrade", "head")


@one_a_server
def test_transaction_of_an_owner_is_his(project: Project) -> None:
    assert project.url
    write_revision(project, FILL)
    config = project.config()
    with plain_engine(project.url).connect() as connection, project.imported():
        connection.begin()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        filled = connection.scalar(text("SELECT count(phone) FROM t"))
        connection.rollback()
    assert filled == ROWS
    assert found(project) == [None] * ROWS


@one_a_server
def test_log_says_how_far_it_is(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    file = project.migrations / "bar.py"
    file.write_text(file.read_text().replace("BAR, LINE = 0.1, 10", "BAR, LINE = 0, 0"))
    write_revision(project, FILL)
    project.run("upgrade", "head")
    said = [line for line in caplog.messages if line.startswith("Filling t: ")]
    assert said[0].startswith("Filling t: 2 of about ")
    assert said[-1].startswith("Filling t: 8 of about ")
    assert re.fullmatch(r"F.* of about [\d,]+ rows, [\d,]+ a second, \d+:\d\d:\d\d left", said[-1])


@on_postgresql
def test_it_works_through_pgbouncer(project: Project) -> None:
    assert project.url
    pgbouncer = server_url("pgbouncer")
    project.url = project.url.set(host=pgbouncer.host, port=pgbouncer.port)
    write_revision(project, FILL)
    project.run("upgrade", "head")
    assert found(project) == ["it's"] * ROWS


@on_postgresql
def test_terminal_has_a_bar(project: Project) -> None:
    execute(project, "VACUUM ANALYZE t")
    write_revision(project, FILL.replace("=2)", "=2, pause=0.2)"))
    ours, its = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=project.path,
        env=project.environment(),
        stderr=its,
        check=True,
    )
    os.close(its)
    printed = b""
    while True:
        try:
            printed += os.read(ours, 10_000)
        except OSError:
            break
    os.close(ours)
    bar = rb"\rt \[#{17}\.{3}\] 6 of about 7 rows, \d+ a second, 0:00:00 left +\r"
    assert re.search(bar, printed)
    assert b"Filled 7 rows of t in " in printed
