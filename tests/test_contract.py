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
from alembic.util import CommandError, load_python_file
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from support.databases import database, table_names
from support.migrations import Project, new_project
from support.tenants import create, own, tenants_project

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
EXPAND = "-x", "expand"


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
    project.run("upgrade", "head")
    revision(project, "b", "'a'", CONTRACT)
    done = project.cli(*EXPAND, "upgrade", "head")
    assert done.returncode == 0, done.stderr
    says = "Stops before b (of b): run `alembic upgrade head` when the old code is gone"
    assert says in done.stderr
    assert tables(project) == {"a"}
    assert "CREATE TABLE b" not in project.cli(*EXPAND, "upgrade", "a:head", "--sql").stdout
    assert "CREATE TABLE b" in project.cli(*EXPAND, "upgrade", "head", "--sql").stdout
    assert project.cli(*EXPAND, "downgrade", "base").returncode == 0
    assert project.cli(*EXPAND, "upgrade", "head").returncode == 0  # no code has used it
    assert tables(project) == {"a", "b"}


def test_what_stands_on_what_waits_is_refused_with_nothing_done(project: Project) -> None:
    revision(project, "a", None)
    project.run("upgrade", "head")
    revision(project, "b", "'a'", CONTRACT)
    revision(project, "c", "'b'")
    expected = r"c \(of c\) can't run before b \(of b\): run `alembic upgrade head` when"
    with commands(project) as code:
        for call in (code.require_head, lambda: code.upgrade(expand=True)):
            with pytest.raises(CommandError, match=expected):
                call()
        assert tables(project) == {"a"}
        code.upgrade()
        code.require_head()


def test_what_the_new_code_needs_and_the_old_code_can_t_stand_is_refused(project: Project) -> None:
    revision(project, "a", None)
    project.run("upgrade", "head")
    revision(project, "b", "'a'", f"{CONTRACT}\nexpand = True")
    with commands(project) as code:
        for call in (code.require_head, lambda: code.upgrade(expand=True)):
            with pytest.raises(CommandError, match=r"b \(of b\) can't run beside the old code: "):
                call()
        assert tables(project) == {"a"}


def test_what_waits_stops_no_other_branch(project: Project) -> None:
    revision(project, "a", None)
    project.run("upgrade", "head")
    revision(project, "b", "'a'", CONTRACT)
    revision(project, "c", "'a'")
    revision(project, "m", "('b', 'c')")
    with commands(project) as code:
        code.upgrade(expand=True)
        code.require_head()
        assert tables(project) == {"a", "c"}
        code.upgrade()
        assert tables(project) == {"a", "b", "c"}


# --- What autogenerate makes of a change, on PostgreSQL ---------------------------------------

OLD = """
from sqlalchemy import *
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customer"
    __table_args__ = (CheckConstraint("status IN ('new', 'old')", name="ck_status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None] = mapped_column(index=True)
    legacy: Mapped[str] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(server_default="new")
    code: Mapped[int | None] = mapped_column(unique=True)


class Note(Base):
    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
"""
NEW = """
from sqlalchemy import *
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Team(Base):
    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[int | None] = mapped_column(ForeignKey("customer.phone"))


class Customer(Base):
    __tablename__ = "customer"
    __table_args__ = (
        CheckConstraint("status IN ('new', 'vip')", name="ck_status"),
        CheckConstraint("size > 0", name="ck_size"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    email: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="new", index=True)
    code: Mapped[int | None]
    phone: Mapped[int] = mapped_column(unique=True)
    size: Mapped[int] = mapped_column(server_default="1")
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"), index=True)
"""


def works(engine: Engine, code: Path, *rows: dict[str, Any]) -> None:
    """Insert, read, change and delete customers as a version of the code does."""
    model = load_python_file(str(code.parent), code.name).Customer
    with Session(engine) as session:
        added = [model(**row) for row in rows]
        session.add_all(added)
        session.commit()
        assert {row.id for row in added} <= {row.id for row in session.scalars(select(model))}
        added[0].status = "new"
        for row in (*added[1:], session.get(model, 1)):
            if row:
                session.delete(row)
        session.commit()


def fill(revisions: list[Path], column: str, value: str) -> None:
    """Fill a column, as the revision's comment says."""
    for file in revisions:
        text = file.read_text()
        text = re.sub(rf"# (op\.backfill\(.*'{column}'): \.\.\.", rf"\1: {value}", text)
        file.write_text(text)


OLD_ROWS = {"name": "x", "legacy": "1", "status": "old"}, {"name": "", "legacy": "2", "code": 1}
NEW_ROWS = [{"email": "x", "status": "vip", "phone": n, "code": 7} for n in (1, 2)]


def test_old_code_and_new_code_work_with_an_expanded_database(tmp_path: Path) -> None:
    answers = {"project": "existing", "metadata": "my_app.models:Base.metadata"}
    with database("postgresql+psycopg", tmp_path) as url:
        project = new_project(tmp_path, url, driver="postgresql+psycopg", **answers)
        project.models.mkdir(parents=True)
        models = project.models / "__init__.py"
        old, new = tmp_path / "old.py", tmp_path / "new.py"
        old.write_text(OLD)
        new.write_text(NEW)
        models.write_text(OLD)
        project.autogenerate("create")
        project.run("upgrade", "head")
        models.write_text(NEW)
        project.autogenerate("change")
        waits = ["contract: bool = True" in each.read_text() for each in project.change]
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO customer VALUES (1, 'x', NULL, '1', 'old')")
            connection.exec_driver_sql("INSERT INTO note VALUES (1, 1)")
            connection.exec_driver_sql("SELECT setval('customer_id_seq', 10)")
        with commands(project) as code:
            code.upgrade(expand=True)
            code.require_head()
            works(engine, old, *OLD_ROWS)
            works(engine, new, *NEW_ROWS)
            works(engine, old, *OLD_ROWS)
            with engine.begin() as connection:
                connection.exec_driver_sql("UPDATE customer SET status = 'new'")
            fill(project.change, "email", "''")
            fill(project.change, "phone", "sa.text('-id')")
            code.upgrade()
            code.require_head()
        project.run("check")
        engine.dispose()
    assert waits == [False, False, False, True, True]


# --- Tenants ------------------------------------------------------------------------------------


def test_each_tenant_stops_before_what_waits(tmp_path: Path) -> None:
    says = "Stops before t3 (What each tenant has.): run `alembic upgrade head` when"
    with tenants_project(tmp_path, "tenant_a", "tenant_b") as project:
        assert project.url
        project.run("upgrade", "heads")
        own(project, 2, 'op.execute("CREATE TABLE invoice (id int)")')
        own(project, 3, 'op.execute("DROP TABLE customer")')
        file = project.migrations / "versions" / "t3.py"
        file.write_text(f"{file.read_text()}\n{CONTRACT}\n")
        create(project.url, "tenant_c")  # which no code has used
        for expected in ("3 done, 0 skipped", "0 done, 3 skipped"):
            done = project.cli(*EXPAND, "upgrade", "head")
            assert expected in done.stdout
            assert done.stderr.count(says) == 1
        assert "2 done, 1 skipped" in project.cli("upgrade", "head").stdout
