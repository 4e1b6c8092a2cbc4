"""Tenants with a PostgreSQL schema each: one command migrates what they share and all of them."""

from __future__ import annotations

import gc
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import Table, event

from support import processes, template
from support.contents import contents
from support.databases import database, plain_engine, run_script, server_url
from support.migrations import Project, new_project
from support.tenants import (
    became,
    create,
    execute,
    log,
    names,
    own,
    rows,
    run,
    tenants_project,
)
from test_from_code import imported
from test_rendered_tests import run_tests, started

DRIVERS = [pair for pair in template.MODES_AND_DRIVERS if pair[1].startswith("postgresql+")]
MODES = [("sync", "postgresql+psycopg"), ("async", "postgresql+asyncpg")]
A, B, C = "tenant_a", "tenant_b", "tenant_c"
ODD = ('tenant_"q:w', "tenant_%s y", "tenant_Ä")
SLOW = 'time.sleep(0.1); op.execute("CREATE TABLE invoice (id int)")'
CONCURRENTLY = """with op.get_context().autocommit_block():
        op.create_index("ix", "customer", ["plan_id"], postgresql_concurrently=True)"""
SHARED_MODEL = '''
from sqlalchemy.orm import Mapped, mapped_column

from my_app.db import Base


class Plan(Base):
    """What all tenants choose from."""

    __tablename__ = "plan"
    __table_args__ = {"schema": "shared"}

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
'''
# The same, on a MetaData of its own.
SHARED_METADATA = """
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Shared(DeclarativeBase):
    metadata = MetaData(schema="shared")


class Plan(Shared):
    __tablename__ = "plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
"""
OWN_MODEL = '''
import enum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from my_app.db import Base


class Kind(enum.Enum):
    """Of a subscription."""

    TRIAL = "trial"
    PAID = "paid"


class Subscription(Base):
    """What a tenant has chosen."""

    __tablename__ = "subscription"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Kind]
    plan_id: Mapped[int] = mapped_column(ForeignKey("shared.plan.id"))
    plan_code: Mapped[str] = mapped_column(ForeignKey("shared.plan.code"))
'''


@pytest.fixture(params=MODES, ids="-".join)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """Yield a project of three tenants."""
    mode, driver = request.param
    with tenants_project(tmp_path, A, B, C, mode=mode, driver=driver) as project:
        yield project


@pytest.fixture
def sync(tmp_path: Path) -> Iterator[Project]:
    """Yield a project of twelve tenants, for what is not the driver's."""
    with tenants_project(tmp_path, *names(12)) as project:
        yield project


def contents_of(project: Project, schema: str) -> set[str]:
    """Return what the schema holds, but for its name."""
    assert project.url
    lines = {line for line in contents(project.url) if re.search(rf"\b{schema}\b", line)}
    return {line.replace(schema, "-") for line in lines}


@pytest.mark.parametrize("project", DRIVERS, ids="-".join, indirect=True)
def test_every_command_is_for_what_is_shared_and_for_each_tenant(project: Project) -> None:
    assert project.url
    create(project.url, *ODD)
    everyone = [A, B, C, *ODD]
    run(project, "upgrade", "head")
    assert log(project) == sorted((each, "t1") for each in everyone)
    assert became(run(project, "upgrade", "head", x=("json",))) == dict.fromkeys(
        everyone, "skipped"
    )
    own(project, 2, 'op.execute("ALTER TABLE customer ADD name text")', "raise ValueError")
    run(project, "upgrade", "head", x=(f"tenants={A},{B}",))
    assert run(project, "current").splitlines() == [
        *("shared:", "s1 (head)"),
        *(f"4 tenants ({ODD[0]}, {ODD[1]}, {C}, ...):", "t1"),
        *(f"2 tenants ({A}, {B}):", "t2 (head)"),
    ]
    run(project, "stamp", "t1", x=(f"tenant={A}",))
    run(project, "downgrade", "tenants@-1", x=(f"tenant={A}",))
    assert rows(project, f"SELECT to_regclass('{A}.customer')") == [(None,)]
    run(project, "stamp", "t1", x=(f"tenant={B}",))
    run(project, "downgrade", "base")
    assert rows(project, "SELECT to_regclass('shared.plan')") == [(None,)]
    assert not [line for line in contents(project.url) if line.startswith("table")]


def test_tenant_at_a_revision_that_the_code_lacks_hides_no_other(sync: Project) -> None:
    run(sync, "upgrade", "head")
    execute(sync, "UPDATE tenant_00.alembic_version SET version_num = 'gone'")
    process = sync.cli("current")
    *shown, failure = process.stdout.splitlines()[2:]
    others = "11 tenants (tenant_01, tenant_02, tenant_03, ...):"
    assert shown == ["1 tenant (tenant_00):", others, "t1 (head)"]
    located = "Can't locate revision identified by 'gone', at which the database is: run the newer"
    assert failure.startswith(f"FAILED: tenant_00: {located} code that migrated it, or restore")
    assert process.returncode


def test_autogenerate_writes_a_revision_of_each_history_that_changes(
    tmp_path: Path, project: Project
) -> None:
    project = new_project(tmp_path / "new", project.url, **project.answers)
    assert project.url
    execute(project, "CREATE TABLE customer (of_another text)")
    own_model = OWN_MODEL
    if project.answers["mode"] == "async":
        hooks = project.migrations / "hooks.py"
        of_both = hooks.read_text().replace(
            " = Base.metadata", " = [Base.metadata, Shared.metadata]"
        )
        hooks.write_text("from my_app.models.plan import Shared\n" + of_both)
        hooks.write_text(hooks.read_text() + 'options["version_table_schema"] = "public"\n')
        (project.models / "plan.py").write_text(SHARED_METADATA)
        own_model = re.sub('"shared.plan.(id|code)"', r"Plan.\1", OWN_MODEL).replace(
            "import Base", "import Base\nfrom my_app.models.plan import Plan"
        )
    else:
        (project.models / "plan.py").write_text(SHARED_MODEL)
    (project.models / "subscription.py").write_text(own_model)
    run(project, "revision", "create tables", True)  # noqa: FBT003 # autogenerate
    (shared,) = (project.migrations / "versions" / "shared").glob("*.py")
    (first,) = project.revisions
    assert "plan" in shared.read_text()
    assert "create_table" in first.read_text()
    assert not re.search(r"create_table\(\s*\"plan\"|scratch", first.read_text())
    run(project, "upgrade", "head")
    run(project, "check")
    run(project, "check", x=(f"tenant={A}",))
    assert contents_of(project, A) == contents_of(project, B) != set()

    model = project.models / "subscription.py"
    model.write_text(model.read_text() + "    name: Mapped[str | None]\n")
    with pytest.raises(CommandError, match=r"add_column.*name"):
        run(project, "check")
    run(project, "revision", "name subscriptions", True)  # noqa: FBT003
    _, second = project.revisions
    assert [*(project.migrations / "versions" / "shared").glob("*.py")] == [shared]
    assert "add_column" in second.read_text()
    run(project, "revision", "nothing", True)  # noqa: FBT003
    assert project.revisions == [first, second]
    run(project, "upgrade", "head")
    execute(project, f"ALTER TABLE {B}.subscription DROP name")
    run(project, "check", x=(f"tenant={A}",))
    with pytest.raises(CommandError, match=r"add_column.*name"):
        run(project, "check", x=(f"tenant={B}",))
    with pytest.raises(CommandError, match=f"Compare one tenant at a time: -x tenant={A}"):
        run(project, "check", x=(f"tenants={A},{B}",))
    run(project, "downgrade", "tenants@base", x=(f"tenants={A},{C}",))
    assert contents_of(project, C) == {
        line for line in contents_of(project, A) if "subscription" not in line
    }
    assert rows(project, "SELECT nspname FROM pg_namespace WHERE nspname ~ 'scratch'") == []


def test_one_broken_tenant_stops_nobody(sync: Project) -> None:
    execute(sync, "CREATE TABLE tenant_03.customer (id int)")
    process = sync.cli("upgrade", "head")
    assert process.returncode == 1
    assert process.stdout.splitlines()[0].startswith(
        'failed   tenant_03  Revision t1 failed, and was undone: relation "customer" already exists'
    )
    assert re.fullmatch(
        r"12 tenants in \d+\.\d seconds: 11 done, 0 skipped, 1 failed",
        process.stdout.splitlines()[1],
    )
    assert process.stderr.splitlines()[-1] == "FAILED: 1 of 12 tenants failed"
    assert "Running upgrade  -> t1" not in process.stderr
    # The next run takes that one alone.
    process = sync.cli("-x", "json", "upgrade", "head")
    assert process.returncode == 1
    expected = dict.fromkeys(names(12), "skipped") | {"tenant_03": "failed"}
    assert became(process.stdout) == expected
    execute(sync, "DROP TABLE tenant_03.customer")
    process = sync.cli("-x", "json", "upgrade", "head")
    assert process.returncode == 0
    assert became(process.stdout)["tenant_03"] == "done"
    assert log(sync) == [(name, "t1") for name in names(12)]


def test_canary_that_fails_stops_the_others(sync: Project) -> None:
    execute(sync, "CREATE TABLE tenant_01.customer (id int)")
    with pytest.raises(CommandError, match="1 of 12 tenants failed, and 10 were not begun"):
        run(sync, "upgrade", "head", x=("canary=2",))
    assert log(sync) == [("tenant_00", "t1")]
    execute(sync, "DROP TABLE tenant_01.customer")
    run(sync, "upgrade", "head", x=("canary=2",))
    assert log(sync) == [(name, "t1") for name in names(12)]


@pytest.mark.parametrize("project", DRIVERS, ids="-".join, indirect=True)
def test_tenant_that_is_in_use_comes_at_the_end(project: Project) -> None:
    assert project.url
    run(project, "upgrade", "head")
    hooks = project.migrations / "hooks.py"
    hooks.write_text(f"{hooks.read_text()}\nlock_wait = lock_timeout = 0.2\n")
    own(project, 2, 'op.execute("ALTER TABLE customer ADD name text")')
    own(
        project,
        3,
        f"""if op.get_bind().scalar(text(
            "SELECT current_schema() = '{C}'")):
        op.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'holds' AND datname = current_database()")""",
    )
    with plain_engine(project.url).connect() as connection:
        connection.exec_driver_sql("SET application_name = 'holds'")
        connection.exec_driver_sql(f"LOCK TABLE {A}.customer IN ACCESS SHARE MODE")
        order = became(run(project, "upgrade", "head", x=("json",)))
        connection.invalidate()
    assert [*order.items()] == [(B, "done"), (C, "done"), (A, "done")]


def test_tenant_that_is_dropped_meanwhile_is_skipped(project: Project) -> None:
    hooks = project.migrations / "hooks.py"
    hooks.write_text(f"""{hooks.read_text()}

def tenants(connection):
    return ["{A}", "tenant_gone", "{B}"]
""")
    assert became(run(project, "upgrade", "head", x=("json",))) == {
        A: "done",
        "tenant_gone": "skipped",
        B: "done",
    }


def test_runners_that_meet_or_are_killed_run_no_revision_twice(
    sync: Project, tmp_path: Path
) -> None:
    own(sync, 2, SLOW)
    killed = processes.start(sync, "upgrade", "head", output=tmp_path / "killed")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        time.sleep(0.05)
        if rows(sync, "SELECT to_regclass('tenant_04.customer') IS NOT NULL") == [(True,)]:
            break
    killed.kill()
    killed.join()
    both = [
        processes.start(sync, "upgrade", "head", output=tmp_path / f"runner {number}")
        for number in range(2)
    ]
    for each in both:
        each.join()
    assert [each.exitcode for each in both] == [0, 0], (tmp_path / "runner 1").read_text()
    assert log(sync) == sorted((name, each) for name in names(12) for each in ("t1", "t2"))


def test_eight_shards_take_each_tenant_once(sync: Project, tmp_path: Path) -> None:
    shards = [
        processes.start(sync, "-x", f"shard={number}/8", "upgrade", "head", output=tmp_path / "out")
        for number in range(8)
    ]
    for each in shards:
        each.join()
    assert [each.exitcode for each in shards] == [0] * 8
    assert log(sync) == [(name, "t1") for name in names(12)]


def test_shard_is_stable_and_counted_from_zero_or_one(sync: Project) -> None:
    def of(shard: str) -> set[str]:
        return {*became(run(sync, "upgrade", "tenants@head", x=("json", f"shard={shard}")))}

    run(sync, "upgrade", "shared@head")
    parts = [of(f"{number}/3") for number in (1, 2, 3)]
    assert set().union(*parts) == {*names(12)}
    assert sum(map(len, parts)) == len(names(12))
    assert of("0/3") == parts[2]
    execute(sync, "DROP SCHEMA tenant_05 CASCADE")
    assert [of(f"{number}/3") for number in (1, 2, 3)] == [each - {"tenant_05"} for each in parts]


@pytest.mark.parametrize(("mode", "driver"), MODES)
def test_workers_share_the_tenants_and_outlive_one_that_is_killed(
    mode: str, driver: str, tmp_path: Path
) -> None:
    with tenants_project(tmp_path, *names(12), mode=mode, driver=driver) as project:
        own(project, 2, SLOW)
        own(
            project,
            3,
            """if op.get_bind().scalar(text(
            "SELECT current_schema() = 'tenant_04'")):
        os.kill(os.getpid(), 9)""",
        )
        arguments = ("-x", "json", "-x", "workers=4", "upgrade", "head")
        process = project.cli(*arguments, daemon=False)
        assert process.returncode == 1, process.stderr
        assert became(process.stdout) == dict.fromkeys(names(12), "done") | {"tenant_04": "failed"}
        ran = log(project)
        assert len(ran) == len(set(ran)) == 12 * 3 - 1
        assert max(rows(project, "SELECT max(connections) FROM shared.log")[0]) in (3, 4, 5)


@pytest.mark.parametrize(("mode", "driver"), MODES)
def test_tenants_are_migrated_through_pgbouncer(mode: str, driver: str, tmp_path: Path) -> None:
    pgbouncer = server_url("pgbouncer")
    with tenants_project(tmp_path, A, B, *ODD, mode=mode, driver=driver) as project:
        assert project.url
        direct = project.url
        project.url = direct.set(host=pgbouncer.host, port=pgbouncer.port)
        for _ in range(2):
            run(project, "upgrade", "head")
        assert run(project, "current").splitlines()[2:] == [
            f"5 tenants ({ODD[0]}, {ODD[1]}, {A}, ...):",
            "t1 (head)",
        ]
        assert contents_of(project, A) == contents_of(project, B) != set()
        own(project, 2, CONCURRENTLY)
        said = project.cli("upgrade", "head").stdout
        assert said.count("Through a pooler, an autocommit_block() can't be in a tenant's") == 5
        assert "index ix" not in " ".join(contents(direct))
        project.url = direct
        run(project, "upgrade", "head")
        assert len(rows(project, "SELECT FROM pg_indexes WHERE indexname = 'ix'")) == 5


def test_new_tenant_equals_one_that_was_migrated(project: Project) -> None:
    assert project.url
    run(project, "upgrade", "head")
    own(project, 2, 'op.execute("CREATE TABLE invoice (id int REFERENCES customer)")')
    run(project, "upgrade", "head")
    with imported(project) as commands:
        commands.create_tenant("tenant_new")
        commands.require_head()
        with pytest.raises(CommandError, match=r"tenant_new: schema .* already exists"):
            commands.create_tenant("tenant_new")
        with pytest.raises(CommandError, match="There is no tenant other"):
            commands.create_tenant("other")
    assert contents_of(project, "tenant_new") == contents_of(project, A) != set()
    own(project, 3, 'op.execute("SELECT 1 / 0")')
    with imported(project) as commands:
        with pytest.raises(CommandError, match="division by zero"):
            commands.create_tenant("tenant_none")
        with pytest.raises(CommandError, match="The database is at t2, this code at t3"):
            commands.require_head()
    there = rows(project, "SELECT nspname FROM pg_namespace WHERE nspname ~ 'none|other'")
    assert there == []


def test_sql_for_tenants_makes_what_the_command_makes(sync: Project) -> None:
    assert sync.url
    create(sync.url, ODD[1])
    run_script(sync.url, run(sync, "upgrade", "shared@head", sql=True))
    tenants = f"tenants=tenant_01,{ODD[1]}"
    run_script(sync.url, run(sync, "upgrade", "tenants@head", x=(tenants,), sql=True))
    run(sync, "upgrade", "head", x=("tenant=tenant_02",))
    made = contents_of(sync, "tenant_02")
    assert contents_of(sync, "tenant_01") == contents_of(sync, ODD[1]) == made != set()
    with pytest.raises(CommandError, match="--sql can't ask which tenants there are"):
        sync.run("upgrade", "head", sql=True)


def test_connection_that_is_given_keeps_its_transaction_and_path(sync: Project) -> None:
    assert sync.url
    with plain_engine(sync.url).connect() as connection:
        connection.exec_driver_sql("SET search_path = public, pg_temp")
        connection.commit()
        for given in (True, False):
            transaction = connection.begin() if given else None
            config = sync.config()
            config.attributes["connection"] = connection
            with sync.imported():
                command.upgrade(config, "head")
            path = connection.exec_driver_sql("SHOW search_path").scalar()
            assert path == "public, pg_temp"
            if transaction:
                transaction.rollback()
                assert rows(sync, "SELECT to_regclass('shared.log')") == [(None,)]
            connection.rollback()
    assert log(sync) == [(name, "t1") for name in names(12)]


@pytest.mark.parametrize(
    ("arguments", "x", "said"),
    [
        (("downgrade", "-1"), (), r"-1 of which history\? Say shared@-1 or tenants@-1"),
        (("upgrade", "+1"), (), r"\+1 of which history\?"),
        (("upgrade", "zzz"), (), "Can't locate revision identified by 'zzz'"),
        (("upgrade", "head"), ("tenant=acme",), r"no tenant acme: .* names 12, such as tenant_00,"),
        (("upgrade", "head"), ("tenants=",), "-x tenants names none"),
        (("upgrade", "head"), ("shard=9/8",), "-x shard=9/8 is no part, such as 3/8"),
        (("upgrade", "head"), ("shard=1/0",), "-x shard=1/0 is no part"),
        (("upgrade", "head"), ("workers=0",), "-x workers=0 is no number from 1"),
        (("upgrade", "head"), ("canary=many",), "-x canary=many is no number from 1"),
    ],
)
def test_bad_argument_is_refused_in_a_line_before_anything_is_done(
    arguments: tuple[str, ...], x: tuple[str, ...], said: str, sync: Project
) -> None:
    with pytest.raises(CommandError, match=said) as raised:
        run(sync, *arguments, x=x)
    assert "\n" not in str(raised.value)
    assert rows(sync, "SELECT FROM pg_tables WHERE schemaname ~ 'tenant_'") == []


def test_histories_that_were_merged_are_named(sync: Project) -> None:
    sync.run("merge", "heads", message="both")
    with pytest.raises(CommandError, match="continues the shared tables' history and the tenants'"):
        run(sync, "upgrade", "head")


def test_hooks_that_name_no_tenants_say_what_to_write(sync: Project) -> None:
    hooks = sync.migrations / "hooks.py"
    text = hooks.read_text()
    hooks.write_text(text.replace("def tenants(", "def others("))
    with pytest.raises(CommandError, match=r"hooks.py has no tenants\(connection\)"):
        run(sync, "upgrade", "head")
    hooks.write_text(text.replace("    return connection", "    return 1 / 0, connection"))
    with pytest.raises(CommandError, match=r"tenants\(\) in hooks.py failed \(ZeroDivisionError"):
        run(sync, "upgrade", "head")


def test_schema_for_each_tenant_needs_postgresql(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="A schema for each tenant needs PostgreSQL"):
        template.render(tmp_path, driver="mysql+pymysql", tenants="schemas")


def test_installed_package_finds_both_histories(sync: Project, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    shutil.copytree(sync.models.parent, installed / "my_app")
    environment = {**sync.environment(), "PYTHONPATH": str(installed)}
    command = ("-c", "-m", "my_app.migrations", "upgrade", "head")
    process = processes.run(command, tmp_path, environment)
    assert process.returncode == 0, process.stderr
    assert log(sync) == [(name, "t1") for name in names(12)]


def test_rendered_tests_pass_with_tenants(sync: Project, tmp_path: Path) -> None:
    with database("postgresql+psycopg", tmp_path) as url:
        project = new_project(tmp_path / "new", sync.url, **sync.answers)
        (project.models / "plan.py").write_text(SHARED_MODEL)
        (project.models / "subscription.py").write_text(OWN_MODEL)
        started(project)
        ends, said = run_tests(project, url)
        assert set(ends.values()) == {"PASSED"}, said
        assert not [line for line in contents(url) if line.startswith("table")]


def test_tenant_costs_the_same_however_many_there_are(sync: Project) -> None:
    assert sync.url
    own(
        sync,
        2,
        """op.create_table("order", sa.Column("kind", postgresql.ENUM("a", name="kind")))""",
    )
    engine = plain_engine(sync.url)
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    config = sync.config()
    config.attributes["connection"] = engine
    gc.collect()
    gc.freeze()  # to search what is left of it takes half a second, each time
    with sync.imported():
        command.upgrade(config, "shared@head")
        asked.clear()
        command.upgrade(config, "tenants@head")
    event.remove(engine, "before_cursor_execute", note)
    assert len([each for each in asked if "CREATE TABLE" in each and "order" in each]) == 12
    # A table of versions is looked for in its schema, not among all of that name.
    assert not [each for each in asked if "pg_catalog.pg_namespace.nspname" in each]
    gc.collect()
    tables = [each for each in gc.get_objects() if isinstance(each, Table)]
    assert len([each for each in tables if each.name == "order"]) <= 1


def test_backfill_fills_the_table_of_each_tenant(project: Project) -> None:
    run(project, "upgrade", "head")
    execute(project, "CREATE TABLE customer (id int PRIMARY KEY, name text)")
    for name in (A, B):
        execute(project, f"INSERT INTO {name}.customer SELECT generate_series(1, 25)")
    own(
        project,
        2,
        """op.execute("ALTER TABLE customer ADD name text")
    op.backfill("customer", {"name": "x"}, where="name IS NULL", batch_size=10)""",
    )
    run(project, "upgrade", "head")
    for name, count in ((A, 25), (B, 25), (C, 0)):
        filled = rows(project, f"SELECT count(*) FROM {name}.customer WHERE name = 'x'")
        assert filled == [(count,)]


def test_workers_are_refused_where_a_process_has_no_children(sync: Project) -> None:
    process = sync.cli("-x", "workers=2", "upgrade", "head")  # which is a daemon here
    assert process.returncode != 0
    assert "FAILED: -x workers can't fork this process: start several" in process.stdout
    assert log(sync) == []
