"""A migration that finds a table in use lets others pass, and is run again (promise 7)."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import URL, Connection, text

from support import template
from support.contents import contents
from support.databases import database, plain_engine, server_url, table_names
from support.migrations import Project, new_project
from support.processes import start
from test_lock_timeout import BLOCK, SHORT, change_hooks, noted, write_revision

DRIVERS = [pair for pair in template.MODES_AND_DRIVERS if pair[1].startswith("postgresql+")]
ONE_A_MODE = [("sync", "postgresql+psycopg"), ("async", "postgresql+asyncpg")]
ALTER = 'op.execute("ALTER TABLE noted_1 ADD c int")'
IN_USE = "found a table in use: it is run again in "

one_a_mode = pytest.mark.parametrize("project", ONE_A_MODE, indirect=True, ids="-".join)


@pytest.fixture(params=DRIVERS, ids="-".join)
def project(
    request: pytest.FixtureRequest, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> Iterator[Project]:
    """Render a project with one revision, which is applied, and a terminal that shows progress."""
    caplog.set_level(logging.INFO, "alembic.runtime.migration")
    mode, driver = request.param
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, mode=mode, driver=driver)
        write_revision(project, 1)
        project.run("upgrade", "head")
        change_hooks(project, SHORT, "lock_wait = 600")
        yield project


def until(condition: Callable[[], object]) -> None:
    """Wait until it holds."""
    for _ in range(750):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it was waited for in vain")


@contextmanager
def session(project: Project, statement: str) -> Iterator[Connection]:
    """Keep a transaction of an application open that has executed this."""
    assert project.url
    url = project.url.set(drivername="postgresql+psycopg")
    query = {"application_name": "the shop"}
    with plain_engine(url.set(query=query)).connect() as connection:
        connection.execute(text(statement))
        yield connection


@contextmanager
def beside(does: Callable[[], None]) -> Iterator[None]:
    """Do something in a thread, and fail if it did."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            does()
        except BaseException as error:  # noqa: BLE001 # raised below
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield
    thread.join()
    for error in errors:
        raise error


def waits(project: Project) -> bool:
    """Return whether a session waits for a lock."""
    assert project.url
    with plain_engine(project.url).connect() as observer:
        query = """SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'"""
        return bool(observer.scalar(text(query)))


def test_it_succeeds_when_the_table_is_free_and_readers_never_waited_for_that(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    url = project.url
    assert url
    write_revision(project, 2, 'op.execute("CREATE TABLE half ()")', ALTER)
    read: list[int] = []
    with session(project, "SELECT FROM noted_1") as holder:

        def traffic() -> None:
            for number in (1, 2):
                until(lambda: waits(project))
                # Behind the migration, which waits for the holder.
                with session(project, "SET statement_timeout = '60s'") as reader:
                    reader.execute(text("SELECT FROM noted_1"))
                read.append(number)
                until(lambda: caplog.text.count(IN_USE) >= len(read))
            assert "half" not in table_names(url)
            holder.rollback()

        with beside(traffic):
            project.run("upgrade", "head")
    assert read == [1, 2]
    assert "half" in table_names(url)
    assert noted(project, 2) == "300ms"
    assert caplog.text.count("Running upgrade 1 -> 2") == 1


@one_a_mode
def test_statement_of_an_autocommit_block_is_run_again_alone(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    assert project.url
    statements = (
        "op.execute(\"INSERT INTO noted_1 VALUES ('before')\")",
        ALTER,
        "op.execute(\"INSERT INTO noted_1 VALUES ('after')\")",
    )
    write_revision(project, 2, BLOCK.format("\n        ".join(statements)))
    with session(project, "SELECT FROM noted_1") as holder:

        def release() -> None:
            until(lambda: caplog.text.count(f"A statement {IN_USE}") > 1)
            holder.rollback()

        with beside(release):
            project.run("upgrade", "head")
    with plain_engine(project.url).connect() as connection:
        rows = connection.scalars(text("SELECT timeout FROM noted_1")).all()
    assert rows == ["1s", "before", "after"]


@one_a_mode
def test_it_names_who_has_the_table_without_what_a_query_holds(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    write_revision(project, 2, ALTER)
    query = """SELECT 'it''s', "timeout", E'\\'s', $a$secret$a$, 4711 -- don't
        FROM noted_1 /* ' */ WHERE timeout <> 'secret'"""
    with session(project, query) as holder:
        pid = holder.scalar(text("SELECT pg_backend_pid()"))
        holder.execute(text(query))

        def release() -> None:
            until(lambda: "Waiting for pid" in caplog.text)
            holder.rollback()

        with beside(release):
            project.run("upgrade", "head")
    said = next(message for message in caplog.messages if "Waiting for pid" in message)
    assert said.startswith(f"Waiting for pid {pid} (the shop), ")
    assert said.endswith(
        ' seconds in a transaction: SELECT ?, "timeout", ?, ?, ? FROM noted_1 WHERE timeout <> ?'
    )


@one_a_mode
def test_it_says_for_whom_an_index_waits_that_is_built_concurrently(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    index = "op.create_index('ix', 'noted_1', ['timeout'], postgresql_concurrently=True)"
    write_revision(project, 2, BLOCK.format(index))
    with session(project, "INSERT INTO noted_1 VALUES ('more')") as holder:

        def release() -> None:
            until(lambda: "Waiting for pid" in caplog.text)
            holder.rollback()

        with beside(release):
            project.run("upgrade", "head")
    assert "(the shop)" in caplog.text
    assert IN_USE not in caplog.text


@contextmanager
def role_of_its_own(project: Project, options: str = "") -> Iterator[URL]:
    """Create a role that owns what is there, and is no superuser."""
    assert project.url
    url, role = project.url, f"role_of_{project.url.database}"

    def execute(*statements: str) -> None:
        with plain_engine(url).begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    execute(
        f"CREATE ROLE {role} LOGIN {options} PASSWORD 'p'",
        f"GRANT ALL ON SCHEMA public TO {role}",
        *(f"ALTER TABLE {table} OWNER TO {role}" for table in table_names(url)),
        f"ALTER TABLE IF EXISTS alembic_version OWNER TO {role}",
    )
    try:
        yield url.set(username=role, password="p")  # noqa: S106
    finally:
        execute("SET lock_timeout = '9s'", f"DROP OWNED BY {role} CASCADE", f"DROP ROLE {role}")


@one_a_mode
def test_role_that_may_see_less_says_less(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    write_revision(project, 2, ALTER)
    with role_of_its_own(project) as url, session(project, "SELECT FROM noted_1") as holder:
        pid = holder.scalar(text("SELECT pg_backend_pid()"))

        def release() -> None:
            until(lambda: "Waiting for pid" in caplog.text)
            holder.rollback()

        with beside(release):
            project.url = url
            project.run("upgrade", "head")
    assert f"Waiting for pid {pid} (the shop)" in caplog.messages


def test_it_gives_up_after_lock_wait(project: Project) -> None:
    assert project.url
    change_hooks(project, "lock_timeout = 0.1", "lock_wait = 0.5")
    write_revision(project, 2, 'op.execute("CREATE TABLE half ()")', ALTER)
    with (
        session(project, "SELECT FROM noted_1"),
        pytest.raises(
            CommandError,
            match=r"^Revision 2 waited 0\.1 seconds, \d+ times, for a table that another session "
            r"uses, and was undone: try again when it is free, or raise lock_wait in hooks\.py$",
        ),
    ):
        project.run("upgrade", "head")
    assert table_names(project.url) == {"noted_1"}


def test_deadlock_is_tried_again(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    assert project.url
    change_hooks(project, "lock_timeout = 0  # so that the server finds the deadlock", "")
    with plain_engine(project.url).begin() as connection:
        connection.execute(text("CREATE TABLE other ()"))
    write_revision(project, 2, 'op.execute("ALTER TABLE other ADD c int")', ALTER)
    with session(project, "SET deadlock_timeout = '60s'") as holder:  # the migration finds it
        holder.execute(text("SELECT FROM noted_1"))

        def meet() -> None:
            until(lambda: waits(project))
            holder.execute(text("SELECT FROM other"))
            holder.rollback()

        with beside(meet):
            project.run("upgrade", "head")
    assert "Revision 2 met a deadlock: it is run again in " in caplog.text
    assert "order public.noted_1 timeout, c" in contents(project.url)


@one_a_mode
def test_what_an_autocommit_block_has_committed_is_not_run_again(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    write_revision(project, 2, BLOCK.format("op.execute('CREATE TABLE half ()')"), ALTER)
    with (
        session(project, "SELECT FROM noted_1"),
        pytest.raises(CommandError, match=r"but for what its autocommit_block\(\) committed"),
    ):
        project.run("upgrade", "head")
    assert IN_USE not in caplog.text


def test_transaction_that_was_given_is_its_owner_s(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "alembic.runtime.migration")
    with database("postgresql+psycopg", tmp_path) as url:
        project = new_project(tmp_path, url, driver="postgresql+psycopg")
        write_revision(project, 1)
        project.run("upgrade", "head")
        write_revision(project, 2, ALTER)
        config = project.config()
        with (
            session(project, "SELECT FROM noted_1"),
            plain_engine(url).connect() as connection,
            project.imported(),
        ):
            connection.execute(text("SET LOCAL lock_timeout = '200ms'"))
            config.attributes["connection"] = connection
            with pytest.raises(CommandError, match=r"^Revision 2 waited"):
                command.upgrade(config, "head")
    assert IN_USE not in caplog.text


def test_it_can_be_interrupted_between_two_tries(tmp_path: Path) -> None:
    with database("postgresql+psycopg", tmp_path) as url:
        project = new_project(tmp_path, url, driver="postgresql+psycopg")
        write_revision(project, 1)
        project.run("upgrade", "head")
        change_hooks(project, SHORT, "lock_wait = 600")
        write_revision(project, 2, 'op.execute("CREATE TABLE half ()")', ALTER)
        output = tmp_path / "output"
        with session(project, "SELECT FROM noted_1"):
            process = start(project, "upgrade", "head", output=output)
            until(lambda: output.exists() and output.read_text().count(IN_USE))
            assert process.pid
            os.kill(process.pid, signal.SIGINT)
            process.join()
        assert process.exitcode
        assert "KeyboardInterrupt" in output.read_text()
        assert table_names(url) == {"noted_1"}
        project.run("upgrade", "head")


@pytest.mark.parametrize("statement", [ALTER, BLOCK.format(ALTER)], ids=["", "autocommit"])
@one_a_mode
def test_it_works_through_pgbouncer(
    project: Project, statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert project.url
    direct, pgbouncer = project.url, server_url("pgbouncer")
    write_revision(project, 2, statement)
    with session(project, "SELECT FROM noted_1") as holder:
        pid = holder.scalar(text("SELECT pg_backend_pid()"))

        def release() -> None:
            until(lambda: f"Waiting for pid {pid} (the shop)" in caplog.text)
            until(lambda: IN_USE in caplog.text)
            holder.rollback()

        with beside(release):
            project.url = direct.set(host=pgbouncer.host, port=pgbouncer.port)
            project.run("upgrade", "head")
    assert "order public.noted_1 timeout, c" in contents(direct)
