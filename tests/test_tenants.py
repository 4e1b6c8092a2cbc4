"""Tenants with a PostgreSQL schema each: one command migrates what they share and all of them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.util import CommandError

from support import processes
from support.contents import contents
from support.databases import plain_engine
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

MODES = [("sync", "postgresql+psycopg"), ("async", "postgresql+asyncpg")]
A, B, C = "tenant_a", "tenant_b", "tenant_c"
ODD = ('tenant_"q:w', "tenant_%s y", "tenant_Ä")
SLOW = 'time.sleep(0.1); op.execute("CREATE TABLE invoice (id int)")'
SHARED_MODEL = '''
from sqlalchemy.orm import Mapped, mapped_column

from my_app.db import Base


class Plan(Base):
    """What all tenants choose from."""

    __tablename__ = "plan"
    __table_args__ = {"schema": "shared"}

    id: Mapped[int] = mapped_column(primary_key=True)
'''
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


def test_autogenerate_writes_a_revision_of_each_history_that_changes(
    tmp_path: Path, project: Project
) -> None:
    project = new_project(tmp_path / "new", project.url, **project.answers)
    assert project.url
    execute(project, "CREATE TABLE customer (of_another text)")
    (project.models / "plan.py").write_text(SHARED_MODEL)
    (project.models / "subscription.py").write_text(OWN_MODEL)
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
            " WHERE application_name = 'holds'")""",
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


@pytest.mark.parametrize(("mode", "driver"), MODES, ids="-".join)
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
        process = project.interpreter("-x", "json", "-x", "workers=4", "upgrade", "head")
        assert process.returncode == 1, process.stderr
        assert became(process.stdout) == dict.fromkeys(names(12), "done") | {"tenant_04": "failed"}
        ran = log(project)
        assert len(ran) == len(set(ran)) == 12 * 3 - 1
        assert max(rows(project, "SELECT max(connections) FROM shared.log")[0]) in (3, 4, 5)
