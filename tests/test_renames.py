"""A revision that drops says so, with the line that renames instead, and that line works."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, text

from support.databases import database, plain_engine
from support.migrations import Project, new_project
from support.template import ON_MYSQL

DRIVERS = [
    *("sqlite+pysqlite", "postgresql+psycopg"),
    *("mysql+pymysql", f"mysql+pymysql{ON_MYSQL}"),
]
NOTE = '''
"""Notes, of every kind of column."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import DateTime, ForeignKey, Numeric, String, func
from sqlalchemy.orm import Mapped, mapped_column

from my_app.db import Base
from my_app.models.purchase import Status


class Note(Base):
    """What somebody said."""

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80), server_default="it's 5%", comment="short")
    weight: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    status: Mapped[Status] = mapped_column(server_default=Status.PAID.name)
    written: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
'''


@contextmanager
def migrated(driver: str, folder: Path, models: str = NOTE) -> Iterator[Project]:
    """Render a project with these models too, in a database that has their tables."""
    with database(driver, folder) as url:
        project = new_project(folder, url, driver=driver)
        (project.models / "note.py").write_text(models.lstrip())
        project.autogenerate("create tables")
        project.run("upgrade", "head")
        yield project


def change(project: Project, *replacements: tuple[str, str]) -> Path:
    """Change the models and return the revision for it."""
    file = project.models / "note.py"
    changed = file.read_text()
    for old, new in replacements:
        assert old in changed
        changed = changed.replace(old, new)
    file.write_text(changed)
    revision = project.autogenerate("change")
    project.allow()
    return revision


def notes(revision: Path) -> list[str]:
    """Return what a revision says above its operations, a line for each drop."""
    upgrade = revision.read_text().partition('"""Upgrade schema."""\n')[2]
    comments = re.match(r"(?:    # (?!###).*\n)*", upgrade)
    assert comments
    said = " ".join(line.removeprefix("    # ") for line in comments[0].splitlines())
    return [each.strip() for each in re.findall(r"Drops .*?(?=Drops |$)", said)]


def renames(revision: Path) -> list[str]:
    """Return the lines that would rename."""
    return [note.partition(" To rename it: ")[2] for note in notes(revision)]


REPLACED = ("create_table", "drop_table", "add_column", "drop_column")


def without_drop_and_add(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the other operations."""
    kept: list[ast.stmt] = []
    for statement in body:
        if isinstance(statement, ast.With):  # of batch mode
            statement.body = without_drop_and_add(statement.body) or [ast.Pass()]
        elif replaced(statement):
            continue
        kept.append(statement)
    return kept


def replaced(statement: ast.stmt) -> bool:
    """Return whether a rename comes in the place of a statement, or of one inside."""
    return any(f"op.{name}(" in ast.unparse(statement) for name in REPLACED)


def accept(revision: Path) -> None:
    """Rename in the revision instead of drop and add, and rename back."""
    tree = ast.parse(revision.read_text())
    lines = renames(revision)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            renamed = lines if node.name == "upgrade" else [back(line) for line in lines]
            place = next(n for n, each in enumerate(node.body) if replaced(each))
            node.body[place:place] = ast.parse("\n".join(renamed)).body
            node.body = without_drop_and_add(node.body)
    revision.write_text(ast.unparse(tree))


def back(line: str) -> str:
    """Return what undoes a line that renames."""
    call = ast.parse(line, mode="eval").body
    assert isinstance(call, ast.Call)
    if line.startswith("op.rename_table("):
        call.args[:2] = reversed(call.args[:2])
    else:
        (new,) = (each for each in call.keywords if each.arg == "new_column_name")
        call.args[1], new.value = new.value, call.args[1]
    return ast.unparse(call)


def execute(url: URL | None, statement: str) -> list[Any]:
    """Run a statement and return its rows."""
    assert url
    with plain_engine(url).begin() as connection:
        result = connection.execute(text(statement))
        return list(result) if result.returns_rows else []


def assert_ruff_clean(file: Path, rules: str = "E,F,W,I,UP,B,SIM,C4,RUF,ERA,D") -> None:
    """Assert that ruff has nothing to say, not even that there is code in a comment."""
    for arguments in (["format", "--check"], ["check", "--select", rules, "--ignore=D4,D203,D213"]):
        result = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "--isolated", file],
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout


# --- Columns --------------------------------------------------------------------------------

COLUMNS = ["title", "weight", "status", "written", "customer_id"]


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("driver", DRIVERS)
def test_suggested_line_renames_a_column_and_keeps_its_data(
    driver: str, column: str, tmp_path: Path
) -> None:
    with migrated(driver, tmp_path) as project:
        execute(project.url, "INSERT INTO customer (id, email) VALUES (7, 'a@example.com')")
        execute(
            project.url,
            "INSERT INTO note (id, title, weight, status, customer_id) "
            "VALUES (1, 'keep', 2.5, 'SHIPPED', 7)",
        )
        before = execute(project.url, f"SELECT {column} FROM note")
        revision = change(project, (f"    {column}:", f"    new_{column}:"))
        (note,) = notes(revision)
        assert note.startswith(f"Drops column {column} of note. To rename it: op.alter_column(")
        assert f"new_column_name='new_{column}'" in note
        assert_ruff_clean(revision)
        accept(revision)
        project.run("upgrade", "head")
        assert execute(project.url, f"SELECT new_{column} FROM note") == before
        project.run("check")  # nullable, default and comment are those of the model too


@pytest.mark.parametrize("column", ["weight", "customer_id"])
@pytest.mark.parametrize("driver", DRIVERS)
def test_revision_that_is_not_edited_runs_and_loses_the_data(
    driver: str, column: str, tmp_path: Path
) -> None:
    with migrated(driver, tmp_path) as project:
        execute(project.url, "INSERT INTO customer (id, email) VALUES (7, 'a@example.com')")
        execute(project.url, "INSERT INTO note (id, weight, customer_id) VALUES (1, 2.5, 7)")
        change(project, (f"    {column}:", f"    new_{column}:"))
        project.run("upgrade", "head")
        assert execute(project.url, f"SELECT new_{column} FROM note") == [(None,)]
        project.run("check")
        project.run("downgrade", f"-{len(project.change)}")
        project.run("upgrade", "head")


@pytest.mark.parametrize("driver", DRIVERS)
def test_of_several_new_columns_the_one_of_the_same_type_and_name_is_suggested(
    driver: str, tmp_path: Path
) -> None:
    more = """    weight_of_it: Mapped[str | None] = mapped_column(String(20))
    total: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    weight_kg:"""
    with migrated(driver, tmp_path) as project:
        (rename,) = renames(change(project, ("    weight:", more)))
        assert "new_column_name='weight_kg'" in rename


def test_column_of_which_none_is_a_new_name_has_a_line_to_fill_in(tmp_path: Path) -> None:
    with migrated("sqlite+pysqlite", tmp_path) as project:
        weight = "    weight: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))\n"
        remark = "    remark: Mapped[str | None] = mapped_column(String(20))\n"
        revision = change(project, (weight, remark))
        assert notes(revision) == [
            (
                "Drops column weight of note. To rename it: "
                "op.alter_column('note', 'weight', new_column_name='new_name')"
            )
        ]


def test_column_of_another_table_is_no_new_name(tmp_path: Path) -> None:
    with migrated("sqlite+pysqlite", tmp_path) as project:
        purchase = project.models / "purchase.py"
        new = "    weight2: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))\n\n    customer:"
        purchase.write_text(purchase.read_text().replace("\n    customer:", new))
        weight = "    weight: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))\n"
        (rename,) = renames(change(project, (weight, "")))
        assert "new_column_name='new_name'" in rename


# --- Tables ---------------------------------------------------------------------------------

PLAIN = NOTE.replace(", index=True", "")
HEAD = NOTE.partition("class Note")[0].lstrip()
OTHERS = '''

class Extra(Base):
    """Something else, with an id too."""

    __tablename__ = "extra_note"

    id: Mapped[int] = mapped_column(primary_key=True)


class Another(Base):
    """Something else, with two columns of the same name."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
'''


@pytest.mark.parametrize("driver", DRIVERS)
def test_suggested_line_renames_a_table_and_keeps_its_data(driver: str, tmp_path: Path) -> None:
    with migrated(driver, tmp_path, PLAIN) as project:
        execute(project.url, "INSERT INTO note (id, title) VALUES (1, 'keep')")
        revision = change(project, ('"note"', '"remark"'))
        assert notes(revision) == [
            "Drops table note. To rename it: op.rename_table('note', 'remark')"
        ]
        assert_ruff_clean(revision)
        accept(revision)
        project.run("upgrade", "head")
        assert execute(project.url, "SELECT id, title FROM remark") == [(1, "keep")]
        project.run("check")


@pytest.mark.parametrize("driver", DRIVERS)
def test_of_several_new_tables_the_one_with_the_same_columns_is_suggested(
    driver: str, tmp_path: Path
) -> None:
    with migrated(driver, tmp_path) as project:
        file = project.models / "note.py"
        file.write_text(file.read_text() + OTHERS)
        revision = change(project, ('"note"', '"remark"'))
        assert renames(revision) == ["op.rename_table('note', 'remark')"]
        assert_ruff_clean(revision)


def test_table_of_which_none_is_a_new_name_has_a_line_to_fill_in(tmp_path: Path) -> None:
    with migrated("sqlite+pysqlite", tmp_path) as project:
        file = project.models / "note.py"
        file.write_text(HEAD + OTHERS)
        revision = project.autogenerate("drop")
        assert notes(revision) == [
            "Drops table note. To rename it: op.rename_table('note', 'new_name')"
        ]


def test_every_drop_is_noted(tmp_path: Path) -> None:
    with migrated("postgresql+psycopg", tmp_path, NOTE + OTHERS) as project:
        file = project.models / "note.py"
        revision = change(
            project,
            (file.read_text()[len(NOTE.lstrip()) :], ""),
            ("    weight:", "    mass:"),
            ("    title:", "    heading:"),
        )
        assert sorted(note.partition(". ")[0] for note in notes(revision)) == [
            "Drops column title of note",
            "Drops column weight of note",
            "Drops table extra_note",
            "Drops table notes",
        ]
        assert_ruff_clean(revision)


# --- Schemas --------------------------------------------------------------------------------

IN_SCHEMA = PLAIN.replace(
    '    __tablename__ = "note"\n',
    '    __tablename__ = "note"\n    __table_args__ = {"schema": "Sales"}  # noqa: RUF012\n',
)


def test_suggested_lines_rename_in_a_schema(tmp_path: Path) -> None:
    with migrated("postgresql+psycopg", tmp_path, IN_SCHEMA) as project:
        execute(project.url, """INSERT INTO "Sales".note (id, weight) VALUES (1, 2.5)""")
        revision = change(project, ("    weight:", "    mass:"))
        assert notes(revision) == [
            (
                "Drops column weight of Sales.note. To rename it: op.alter_column("
                "'note', 'weight', new_column_name='mass', schema='Sales')"
            )
        ]
        assert_ruff_clean(revision)
        accept(revision)
        project.run("upgrade", "head")
        revision = change(project, ('"note"', '"remark"'))
        assert notes(revision) == [
            (
                "Drops table Sales.note. To rename it: "
                "op.rename_table('note', 'remark', schema='Sales')"
            )
        ]
        accept(revision)
        project.run("upgrade", "head")
        assert execute(project.url, 'SELECT id, mass FROM "Sales".remark') == [(1, 2.5)]
        project.run("check")


def test_table_of_another_schema_is_no_new_name(tmp_path: Path) -> None:
    stays = OTHERS.replace('"notes"\n', '"notes"\n    __table_args__ = {"schema": "Sales"}\n')
    with migrated("postgresql+psycopg", tmp_path, IN_SCHEMA + stays) as project:
        move = '__tablename__ = "note"\n    __table_args__ = {"schema": "Sales"}'
        change(project, (move, '__tablename__ = "note"'))
        assert renames(project.change[-1]) == [
            "op.rename_table('note', 'new_name', schema='Sales')"
        ]


# --- What is said, and when -----------------------------------------------------------------


@pytest.mark.parametrize("driver", DRIVERS)
def test_drop_is_said_on_the_terminal(driver: str, tmp_path: Path) -> None:
    with migrated(driver, tmp_path) as project:
        file = project.models / "note.py"
        file.write_text(file.read_text().replace("    weight:", "    mass:"))
        result = project.cli("revision", "--autogenerate", "-m", "rename")
        assert result.returncode == 0, result.stderr
        # Not the last by name: two of one second are in the order of their hashes.
        (revision,) = (file for file in project.revisions if file.stem.endswith("_rename"))
        (note,) = notes(revision)
        for line in note.replace(" To rename", "\nTo rename").splitlines():
            assert f"WARNING [alembic.autogenerate] {line}\n" in result.stderr
        assert "Drops" not in result.stdout


@pytest.mark.parametrize("driver", DRIVERS)
def test_revision_that_drops_nothing_has_no_note(
    driver: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with migrated(driver, tmp_path) as project:  # the first drops tables in its downgrade
        weight = "    weight:"
        change(project, (weight, f"    mass: Mapped[int | None]\n{weight}"))
        project.run("upgrade", "head")
        for file in project.revisions:
            assert_ruff_clean(file)
        project.run("revision", message="by hand")
        for file in project.revisions:
            assert notes(file) == []
            assert "Drops" not in file.read_text()
        assert "Drops" not in caplog.text


def test_drop_that_hooks_take_out_is_not_noted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with migrated("sqlite+pysqlite", tmp_path) as project:
        hooks = project.migrations / "hooks.py"
        hooks.write_text(hooks.read_text() + NO_DROPPED_TABLES)
        (project.models / "note.py").write_text(HEAD + OTHERS)
        revision = project.autogenerate("add")
        assert "op.drop_table" not in revision.read_text().split("def downgrade")[0]
        assert notes(revision) == []
        assert "Drops" not in caplog.text


NO_DROPPED_TABLES = '''

def keep_tables(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Drop no table."""
    for script in directives:
        operations = script.upgrade_ops.ops
        script.upgrade_ops.ops = [
            each for each in operations if type(each).__name__ != "DropTableOp"
        ]


options = {"process_revision_directives": keep_tables}
'''


@pytest.mark.parametrize("driver", DRIVERS)
def test_long_names_leave_lines_that_ruff_accepts(driver: str, tmp_path: Path) -> None:
    table, column = "t" * 50, "c" * 50
    models = PLAIN.replace('"note"', f'"{table}"').replace("    weight:", f"    {column}:")
    with migrated(driver, tmp_path, models) as project:
        execute(project.url, f"INSERT INTO {table} (id, {column}) VALUES (1, 2.5)")
        revision = change(project, (f"    {column}:", f"    {'n' * 50}:"))
        assert_ruff_clean(revision, "E,F,W,I,UP,B,SIM,C4,RUF")
        accept(revision)
        project.run("upgrade", "head")
        assert execute(project.url, f"SELECT {'n' * 50} FROM {table}") == [(2.5,)]
