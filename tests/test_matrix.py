"""Every combination of answers renders and migrates a real database, forth and back."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from support import template
from support.databases import (
    EMPTY,
    catalogue_of,
    database,
    has_server,
    plain_engine,
    run_script,
    server_of,
)
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
    url = project.url
    assert url
    revision = project.autogenerate("create tables")
    assert_well_formed(revision)
    project.run("upgrade", "head")
    expected = catalogue_of_models(server_of(project.answers["driver"]), project, folder)
    assert catalogue_of(url) == expected
    project.run("check")
    project.run("downgrade", "base")
    assert catalogue_of(url) == EMPTY
    project.run("upgrade", "head")
    assert catalogue_of(url) == expected
    assert differences_that_autogenerate_finds(project) == []

    with database(project.answers["driver"], folder) as offline_url:
        run_script(offline_url, project.run("upgrade", "head", sql=True))
        assert catalogue_of(offline_url) == expected

    purchase = project.models / "purchase.py"
    unchanged = purchase.read_text()
    # Of another length: Python's cache has no more than seconds and bytes to go by.
    purchase.write_text(unchanged.replace('server_default="0"', 'server_default="12"'))
    ((difference,),) = differences_that_autogenerate_finds(project)
    assert difference[:4] == ("modify_default", None, "purchase", "total")
    purchase.write_text(unchanged)

    (project.models / "invoice.py").write_text(NEW_MODEL.lstrip())
    added = project.autogenerate("add invoices").read_text()
    assert added.count("op.create_table(") == added.count("op.drop_table(") == 1
    project.run("upgrade", "head")
    assert catalogue_of(url)["tables"].keys() == {"customer", "purchase", "invoice"}
    project.run("check")
    project.run("downgrade", "base")
    assert catalogue_of(url) == EMPTY


@cache
def _expected(server: str) -> dict[str, Any]:
    return {"server": server}


def catalogue_of_models(server: str, project: Project, folder: Path) -> dict[str, Any]:
    """Return the catalogue that the models themselves make, by MetaData.create_all()."""
    expected = _expected(server)  # the models are the same in every project
    if "catalogue" not in expected:
        metadata = project.metadata()
        assert metadata.tables.keys() == {"customer", "purchase"}
        with database(project.answers["driver"], folder) as url:
            metadata.create_all(plain_engine(url))
            expected["catalogue"] = catalogue_of(url)
        assert {len(table["columns"]) for table in expected["catalogue"]["tables"].values()} == {4}
    found: dict[str, Any] = expected["catalogue"]
    return found


def differences_that_autogenerate_finds(project: Project) -> list[Any]:
    """Return what a revision would change, without writing one."""
    found: list[Any] = []

    def keep(_context: Any, _revision: Any, directives: list[Any]) -> None:
        found.extend(directives[0].upgrade_ops.as_diffs())
        directives.clear()

    project.run("revision", message="nothing", autogenerate=True, process_revision_directives=keep)
    return found


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
