"""Tenants with a database each: one command for all of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic.util import CommandError
from sqlalchemy import URL, text

from support import processes, template
from support.contents import contents
from support.databases import database, plain_engine, server_url
from support.migrations import Project, new_project
from support.tenants import became, run
from test_from_code import imported

MODES_AND_DRIVERS = [
    ("sync", "sqlite+pysqlite"),
    ("async", "sqlite+aiosqlite"),
    ("sync", "postgresql+psycopg"),
    ("async", "postgresql+asyncpg"),
    ("sync", "mysql+pymysql"),
    ("async", "mysql+asyncmy"),
    ("sync", "mariadb+mariadbconnector"),
]
OTHERS = [
    pair
    for pair in template.MODES_AND_DRIVERS
    if pair[1].startswith("postgresql+") and pair not in MODES_AND_DRIVERS
]
SYNC = [pair for pair in MODES_AND_DRIVERS if pair[0] == "sync"]
POSTGRESQL = MODES_AND_DRIVERS[2:4]
SERVERS = MODES_AND_DRIVERS[2:5:2]
NAMES = ["acme", "bolt", "crux"]
REVISION = """
from alembic import op

revision = "{number}"
down_revision = {down!r}


def upgrade():
    op.execute("CREATE TABLE t{number} (id INTEGER PRIMARY KEY)")


def downgrade():
    op.execute("DROP TABLE t{number}")
"""
HOOK = """

def tenants():
    return {urls!r}
"""


def write(project: Project, number: int) -> None:
    """Write a revision that makes a table of this number."""
    down = str(number - 1) if number > 1 else None
    file = project.migrations / "versions" / f"{number}.py"
    file.write_text(REVISION.format(number=number, down=down))


def name_tenants(project: Project, urls: dict[str, URL]) -> None:
    """Have hooks.py return these, with none of this project's drivers in them."""
    hooks = project.migrations / "hooks.py"
    text = hooks.read_text().partition("\n\ndef tenants(")[0]
    plain = {
        name: url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)
        for name, url in urls.items()
    }
    hooks.write_text(text + HOOK.format(urls=plain))


Tenants = tuple[Project, dict[str, URL]]


@pytest.fixture(params=MODES_AND_DRIVERS, ids="-".join)
def tenants(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tenants]:
    """Yield a project with a revision, and its three tenants."""
    mode, driver = request.param
    with ExitStack() as stack:
        urls = {}
        for name in NAMES:
            (tmp_path / name).mkdir()
            urls[name] = stack.enter_context(database(driver, tmp_path / name))
        project = new_project(tmp_path, mode=mode, driver=driver, tenants="databases")
        name_tenants(project, urls)
        write(project, 1)
        yield project, urls


def tables(url: URL) -> list[str]:
    """Return the tables of a tenant, but for that of the versions."""
    lines = sorted(line for line in contents(url) if line.startswith("table "))
    return [line.split()[1].rpartition(".")[2] for line in lines if "alembic_version" not in line]


@pytest.mark.parametrize("tenants", MODES_AND_DRIVERS + OTHERS, ids="-".join, indirect=True)
def test_every_command_is_for_each_tenant_s_database(tenants: Tenants) -> None:
    project, urls = tenants
    assert became(run(project, "upgrade", "head", x=("json",))) == dict.fromkeys(NAMES, "done")
    assert became(run(project, "upgrade", "head", x=("json",))) == dict.fromkeys(NAMES, "skipped")
    write(project, 2)
    run(project, "upgrade", "head", x=("tenants=acme,bolt",))
    assert [tables(url) for url in urls.values()] == [["t1", "t2"], ["t1", "t2"], ["t1"]]
    assert run(project, "current").splitlines() == [
        *("2 tenants (acme, bolt):", "2 (head)"),
        *("1 tenant (crux):", "1"),
    ]
    run(project, "stamp", "1", x=("tenant=bolt",))
    assert "2 tenants (bolt, crux):" in run(project, "current")
    run(project, "stamp", "2", x=("tenant=bolt",))
    run(project, "downgrade", "-1", x=("tenants=acme,bolt",))
    assert [tables(url) for url in urls.values()] == [["t1"]] * 3
    script = run(project, "upgrade", "head", x=("tenant=acme",), sql=True)
    assert script.count("CREATE TABLE t1 ") == script.count("CREATE TABLE t2 ") == 1


def test_tenant_at_a_revision_that_the_code_lacks_hides_no_other(tenants: Tenants) -> None:
    project, urls = tenants
    run(project, "upgrade", "head")
    with plain_engine(urls["acme"]).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'gone'"))
    process = project.cli("current")
    *shown, failed, _ = process.stdout.splitlines()
    assert shown == ["1 tenant (acme):", "2 tenants (bolt, crux):", "1 (head)"]
    located = "Can't locate revision identified by 'gone', at which the database is: run the newer"
    assert failed.startswith(f"failed   acme  {located} code that migrated it, or restore")
    assert process.stderr.endswith("FAILED: 1 of 3 tenants failed\n")


def test_models_are_compared_with_a_tenant(tenants: Tenants) -> None:
    project, urls = tenants
    run(project, "upgrade", "head")
    with imported(project):
        name_tenants(project, {name: urls[name] for name in ("bolt", "acme")})
        with plain_engine(urls["bolt"]).begin() as connection:
            connection.execute(text("DROP TABLE t1"))
        revision = project.autogenerate("create tables").read_text()
        assert '"t1"' not in revision  # as in the first, which lacks it
        assert "purchase" in revision
        run(project, "upgrade", "head")
        run(project, "check")
        with pytest.raises(CommandError, match="New upgrade operations"):
            run(project, "check", x=("tenant=acme",))


def test_one_broken_database_stops_nobody_and_shows_no_password(tenants: Tenants) -> None:
    project, urls = tenants
    with plain_engine(urls["acme"]).begin() as connection:
        connection.execute(text("CREATE TABLE t1 (id INTEGER)"))
    url = urls["bolt"]
    gone = url.set(database="/none/s3cret") if url.host is None else url.set(host="none.invalid")
    secret = gone if url.host is None else gone.set(username="ann", password="s3cret%@:")  # noqa: S106
    name_tenants(project, {"gone": secret, **urls})
    for workers in ("3", "1"):
        arguments = ("-x", "json", "-x", f"workers={workers}", "upgrade", "head")
        process = project.cli(*arguments, daemon=False)
        assert process.returncode == 1
        assert process.stderr.splitlines()[-1] == "FAILED: 2 of 4 tenants failed"
        said = became(process.stdout)
        assert (said.pop("gone"), said.pop("acme")) == ("failed", "failed")
        assert {*said.values()} == {"done" if workers == "3" else "skipped"}
        assert "Can't connect to " in process.stdout
        assert "s3cret%" not in process.stdout + process.stderr
    process = project.cli("current")
    assert process.returncode == 1
    assert "2 tenants (bolt, crux):\n1 (head)\n" in process.stdout
    assert "\nfailed   gone  Can't connect to " in process.stdout


@pytest.mark.parametrize("tenants", SYNC, ids="-".join, indirect=True)
def test_connection_that_code_gives_is_one_tenant_s(tenants: Tenants) -> None:
    project, urls = tenants
    engine = plain_engine(urls["crux"])
    with imported(project) as commands:
        commands.upgrade(engine)
        commands.require_head(engine)
        with pytest.raises(CommandError, match=r"acme, bolt: The database is at no revision"):
            commands.require_head()
    assert [tables(url) for url in urls.values()] == [[], [], ["t1"]]


@pytest.mark.parametrize("tenants", SERVERS, ids="-".join, indirect=True)
def test_tenant_that_is_in_use_comes_at_the_end(tenants: Tenants) -> None:
    project, urls = tenants
    run(project, "upgrade", "head")
    hooks = project.migrations / "hooks.py"
    hooks.write_text(f"{hooks.read_text()}\nlock_wait = lock_timeout = 1\n")
    write(project, 2)
    file = project.migrations / "versions" / "2.py"
    changed = "ALTER TABLE t1 ADD b INTEGER"
    file.write_text(file.read_text().replace("CREATE TABLE t2 (id INTEGER PRIMARY KEY)", changed))
    with plain_engine(urls["acme"]).connect() as connection:
        connection.execute(text("SELECT * FROM t1"))  # holds the table until it ends
        said = became(run_failing(project))
        connection.rollback()
    assert [*said.items()] == [("bolt", "done"), ("crux", "done"), ("acme", "failed")]
    assert became(run(project, "upgrade", "head", x=("json",)))["acme"] == "done"


MADE = 'KEY)")'
SLOW = f"{MADE}\n    __import__('time').sleep(0.1)"  # not committed yet


@pytest.mark.parametrize("tenants", SYNC, ids="-".join, indirect=True)
def test_runners_that_meet_or_are_killed_run_no_revision_twice(
    tenants: Tenants, tmp_path: Path
) -> None:
    project, urls = tenants
    write(project, 2)
    for file in project.revisions:
        file.write_text(file.read_text().replace(MADE, SLOW))
    if urls["acme"].get_backend_name() in ("sqlite", "postgresql"):  # others commit DDL halfway
        killed = processes.start(project, "upgrade", "head", output=tmp_path / "killed")
        deadline = time.monotonic() + 60
        while "t1" not in tables(urls["bolt"]) and time.monotonic() < deadline:
            time.sleep(0.02)
        killed.kill()
        killed.join()
        assert tables(urls["crux"]) == []
    both = [
        processes.start(project, "upgrade", "head", output=tmp_path / f"runner {number}")
        for number in range(2)
    ]
    for each in both:
        each.join()
    assert [each.exitcode for each in both] == [0, 0], (tmp_path / "runner 1").read_text()
    assert [tables(url) for url in urls.values()] == [["t1", "t2"]] * 3
    assert run(project, "current").splitlines() == ["3 tenants (acme, bolt, crux):", "2 (head)"]


@pytest.mark.parametrize("tenants", SYNC, ids="-".join, indirect=True)
def test_shards_at_once_take_each_database_once(tenants: Tenants, tmp_path: Path) -> None:
    project, urls = tenants
    shards = [
        processes.start(
            project,
            "-x",
            "json",
            "-x",
            f"shard={number}/8",
            "upgrade",
            "head",
            output=tmp_path / f"{number}.out",
        )
        for number in range(8)
    ]
    for each in shards:
        each.join()
    assert [each.exitcode for each in shards] == [0] * 8
    printed = "".join(file.read_text() for file in tmp_path.glob("*.out"))
    lines = [line for line in printed.splitlines(keepends=True) if line.startswith("{")]
    assert became("".join(lines)) == dict.fromkeys(NAMES, "done")
    assert [tables(url) for url in urls.values()] == [["t1"]] * 3


@pytest.mark.parametrize("tenants", POSTGRESQL, ids="-".join, indirect=True)
def test_databases_are_migrated_through_pgbouncer(tenants: Tenants) -> None:
    project, urls = tenants
    pooler = server_url("pgbouncer")
    name_tenants(project, {n: u.set(host=pooler.host, port=pooler.port) for n, u in urls.items()})
    write(project, 2)
    arguments = ("-x", "json", "-x", "workers=3", "upgrade", "head")
    for status in ("done", "skipped"):
        process = project.cli(*arguments, daemon=False)
        assert process.returncode == 0, process.stderr
        assert became(process.stdout) == dict.fromkeys(NAMES, status)
    assert [tables(url) for url in urls.values()] == [["t1", "t2"]] * 3


def run_failing(project: Project) -> str:
    """Upgrade all tenants on the command line, where one fails."""
    process = project.cli("-x", "json", "upgrade", "head")
    assert process.returncode == 1
    return process.stdout


@pytest.mark.parametrize("tenants", MODES_AND_DRIVERS[:1], ids="-".join, indirect=True)
def test_hooks_name_the_databases_or_one_is_the_only_tenant(
    tenants: Tenants, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, urls = tenants
    fresh = new_project(tmp_path / "fresh", tenants="databases")
    write(fresh, 1)
    fresh.url = urls["acme"]
    monkeypatch.setenv("DATABASE_URL", str(urls["acme"]))
    run(fresh, "upgrade", "head")
    assert run(fresh, "current").startswith("1 tenant (")
    monkeypatch.setenv("TENANTS", f"{urls['acme'].database},{urls['bolt'].database}")
    run(fresh, "upgrade", "head")
    assert [tables(url) for url in urls.values()] == [["t1"], ["t1"], []]


@pytest.mark.parametrize("tenants", MODES_AND_DRIVERS[2:3], ids="-".join, indirect=True)
@pytest.mark.parametrize(
    ("hook", "said"),
    [
        ("", r"hooks.py has no tenants\(\), which returns the URL of each tenant's database"),
        ("def tenants(): raise ValueError('s3cret')", "failed with ValueError; alembic --raise"),
        ("def tenants(): return 1", "failed with TypeError; alembic --raiseerr shows where"),
        ("def tenants(): return {'a': 'postgresql://u:s3cret@x@h/d'}", "1 of 1 tenant failed"),
        ("def tenants(): return {'a': 'mysql://u:s3cret@h/d'}", "1 of 1 tenant failed"),
        ("def tenants(): return {'a': None}", "1 of 1 tenant failed"),
    ],
)
def test_hook_that_is_wrong_is_told_without_a_password(
    hook: str, said: str, tenants: Tenants, caplog: pytest.LogCaptureFixture
) -> None:
    project, _ = tenants
    file = project.migrations / "hooks.py"
    file.write_text(file.read_text().partition("\n\ndef tenants(")[0] + f"\n\n{hook}\n")
    with pytest.raises(CommandError, match=said) as raised:
        run(project, "upgrade", "head")
    assert "s3cret" not in f"{raised.value}{caplog.text}"


def test_database_for_each_tenant_needs_a_server_that_was_tried(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs SQLite, PostgreSQL, MySQL or MariaDB"):
        template.render(tmp_path, driver="mssql+pyodbc", tenants="databases")
