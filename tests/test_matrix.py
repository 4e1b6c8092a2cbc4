"""Every combination of answers renders and migrates a real database, forth and back."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from support import template
from support.contents import EMPTY, contents
from support.databases import database, has_server, plain_engine, run_script, server_of
from support.migrations import Project, existing_project, new_project

NEW = [answers for answers in template.matrix() if has_server(answers["driver"])]
# One combination a driver.
ON_MYSQL = [
    next(answers | {"driver": driver} for answers in NEW if answers["mode"] == mode)
    for mode, driver in template.MODES_AND_DRIVERS_ON_MYSQL
]
EXISTING = [answers for answers in template.existing_subset() if has_server(answers["driver"])]
RUFF = Path(sys.executable).with_name("ruff")  # through Python it takes ten times as long

IDENTITY = r"(?<=[\"'])[0-9a-f]{12}(?=[\"'])|(?<=Revision ID: ).*|(?<=Create Date: ).*"

# What makes the change of the models below, and what undoes it.
CHANGE = ("create_table", "create_index", "alter_column", "alter_column", "drop_table")
OPERATIONS = {
    "sqlite": Counter([*CHANGE, "batch_alter_table", "batch_alter_table"]),
    "postgresql": Counter([*CHANGE, "drop_index"]),
    "mysql": Counter(CHANGE),
    "mariadb": Counter(CHANGE),
}
NEW_MODEL = '''
"""Invoices."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from my_app.db import Base


class Invoice(Base):
    """What is to be paid for a purchase."""

    __tablename__ = "invoice"

    id: Mapped[int] = mapped_column(primary_key=True)
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"), index=True)
'''


@pytest.mark.parametrize("answers", [*NEW, *ON_MYSQL], ids=template.name)
def test_new_project_closes_the_circle(answers: dict[str, str], tmp_path: Path) -> None:
    with database(answers["driver"], tmp_path) as url:
        project = new_project(tmp_path, url, **answers)
        close_the_circle(project, tmp_path)


@pytest.mark.parametrize("answers", EXISTING, ids=template.name)
def test_existing_project_closes_the_circle(answers: dict[str, str], tmp_path: Path) -> None:
    with database(answers["driver"], tmp_path) as url:
        project = existing_project(tmp_path, url, **answers)
        close_the_circle(project, tmp_path)


def close_the_circle(project: Project, folder: Path) -> None:
    """Take the project from its models to a database and back, and compare at each step."""
    url, driver = project.url, project.answers["driver"]
    assert url
    revision = project.autogenerate("create tables")
    assert_well_formed(revision)
    project.run("upgrade", "head")
    expected = contents_of_models(server_of(driver), "first", project, folder)
    assert contents(url) == expected

    (identity,) = re.findall("Revision ID: (.*)", revision.read_text())
    script = project.run("upgrade", "head", sql=True).replace(identity, "1")
    assert contents_of_script(script, driver) == expected

    (project.models / "invoice.py").write_text(NEW_MODEL.lstrip())
    purchase = project.models / "purchase.py"
    # Of another length: Python's cache has no more than seconds and bytes to go by.
    purchase.write_text(purchase.read_text().replace('server_default="0"', 'server_default="12"'))
    project.autogenerate("add invoices")
    (changed,) = [each.read_text() for each in project.change]
    # That and no more: what `check` would have found before the change would be in it.
    assert Counter(re.findall(r"op\.(\w\w+)\(", changed)) == OPERATIONS[url.get_backend_name()]
    assert changed.count('server_default="12"') == 1
    project.run("upgrade", "head")
    expected = contents_of_models(server_of(driver), "second", project, folder)
    assert contents(url) == expected
    project.run("check")
    project.run("downgrade", "base")
    assert contents(url) == EMPTY
    project.run("upgrade", "head")
    assert contents(url) == expected


@cache
def contents_of_script(script: str, driver: str) -> set[str]:
    """Return what the output of --sql makes: many differ in their identity alone."""
    with TemporaryDirectory() as folder, database(driver, Path(folder)) as url:
        run_script(url, script)
        return contents(url)


@cache
def _expected(*_: str) -> dict[str, set[str]]:
    return {}


def contents_of_models(server: str, form: str, project: Project, folder: Path) -> set[str]:
    """Return what the models themselves make in this form, by MetaData.create_all()."""
    expected = _expected(server, form)  # the models are the same in every project
    if "contents" not in expected:
        metadata = project.metadata()
        assert {"customer", "purchase"} <= metadata.tables.keys()
        with database(project.answers["driver"], folder) as url:
            metadata.create_all(plain_engine(url))
            expected["contents"] = contents(url)
        columns = [line for line in expected["contents"] if line.startswith("column ")]
        assert len(columns) == {"first": 8, "second": 10}[form]
    return expected["contents"]


def assert_well_formed(file: Path) -> None:
    """Assert that ruff has nothing to say about a generated revision."""
    assert ruff_complains(re.sub(IDENTITY, "0", file.read_text())) == ""


@cache
def ruff_complains(text: str) -> str:
    """Return what ruff says of a revision: many differ in nothing but their identity."""
    said = ""
    for subcommand in (["format", "--check"], ["check", "--select", "E,F,W,I,UP,B,SIM,C4,RUF"]):
        command = [str(RUFF), *subcommand, "--isolated", "-"]
        result = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        said += result.stdout + result.stderr if result.returncode else ""
    return said
