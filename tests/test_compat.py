"""docs/compatibility.md: what it claims, and how `make compat` finds it out."""

from __future__ import annotations

import itertools
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from scripts.compat import environments as known
from scripts.compat import page as pages
from scripts.compat.__main__ import go_around
from scripts.worker import escaped
from support import template
from support.migrations import new_project

SQLITE = {"mode": "sync", "driver": "sqlite+pysqlite"}


def table(page: str) -> list[dict[str, str]]:
    """Return the rows of the page's table."""
    head, _, *rows = [line[2:-2].split(" | ") for line in re.findall(r"(?m)^\|.*", page)]
    return [dict(zip(head, row, strict=True)) for row in rows]


def cells(page: str) -> list[str]:
    """Return what the page says of each driver in each row."""
    return [row[driver].strip("*") for row in table(page) for driver in known.COLUMNS]


def boxes(picture: str) -> list[tuple[str, str]]:
    """Return the class and the title of each box of the picture."""
    found = ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}rect")  # noqa: S314 # ours
    return [(box.attrib["class"], box[0].text or "") for box in found if "class" in box.attrib]


def kind(cell: str) -> str:
    """Return the class of a cell's box."""
    return {"closes": "closes", "not run": "not-run"}.get(cell, "failed")


# --- What it claims -------------------------------------------------------------------------


def test_page_and_picture_say_the_same() -> None:
    page = pages.PAGE.read_text()
    said = cells(page)
    drivers = known.COLUMNS * len(table(page))
    expected = [
        (kind(cell), f"{driver}: {cell}") for driver, cell in zip(drivers, said, strict=True)
    ]
    assert boxes(pages.PICTURE.read_text()) == expected
    ran = len(said) - said.count("not run")
    counts = f"{said.count('closes')} of {ran} runs close, {said.count('not run')} were not run."
    assert counts in page


def test_page_is_of_the_versions_that_projects_allow(tmp_path: Path) -> None:
    page = pages.PAGE.read_text()
    alembic, sqlalchemy = known.oldest()
    assert f"Alembic from {alembic} and SQLAlchemy from {sqlalchemy}." in page
    rows = table(page)
    releases = [".".join(row["Python"].split(".")[:2]) for row in rows]
    assert list(dict.fromkeys(releases)) == known.PYTHONS
    pyproject = (new_project(tmp_path).path / "pyproject.toml").read_text()
    assert f'requires-python = ">={known.PYTHONS[0]}"' in pyproject
    for requirement in map(Requirement, template.requirements(**SQLITE)):
        name = {"alembic": "Alembic", "sqlalchemy": "SQLAlchemy"}[requirement.name]
        versions = [row[name] for row in rows if row["run on"]]
        assert set(requirement.specifier.filter(versions)) == set(versions)
        assert min(map(Version, versions)) in map(Version, (alembic, sqlalchemy))


def test_each_two_of_python_alembic_and_sqlalchemy_meet() -> None:
    found = known.environments()
    oldest = {f"=={each}" for each in [known.oldest()[1], *known.FIRST_SQLALCHEMY.values()]}
    kinds = [
        (each.release, each.alembic, "oldest" if each.sqlalchemy in oldest else each.sqlalchemy)
        for each in found
    ]
    for one, other in itertools.combinations(range(3), 2):
        meet = {(row[one], row[other]) for row in kinds}
        values = [{row[place] for row in kinds} for place in (one, other)]
        assert meet == set(itertools.product(*values))
    shapes = len(known.SHAPES)
    for each in found:
        turns = {(each.number + turn) % shapes for turn in range(len(known.DRIVERS))}
        assert len(turns) == shapes


# --- How it is found out --------------------------------------------------------------------


class Here(known.Environment):
    """The environment of the tests."""

    python = Path(sys.executable)


class Bare(known.Environment):
    """A Python without Alembic."""

    python = Path(sys.base_prefix) / "bin" / "python3"


def around(environment: type[known.Environment], folder: Path) -> str:
    """Take the default project around. Returns what failed."""
    return go_around(environment("here", []), SQLITE, folder)


def test_circle_closes_here(tmp_path: Path) -> None:
    assert around(Here, tmp_path) == ""


def test_circle_names_the_step_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "template"
    copy.mkdir()
    template.copy_to(copy)
    env = copy / "template" / "{{ migrations_path }}" / "env.py.jinja"
    env.write_text(env.read_text() + "\nassert not context.is_offline_mode(), 'no SQL'\n")
    monkeypatch.setattr(template, "_plain_copy", lambda: str(copy))
    assert around(Here, tmp_path) == "--sql: AssertionError: no SQL"


def test_environment_that_can_not_start_says_why(tmp_path: Path) -> None:
    said = around(Bare, tmp_path)  # begins with the step, which the process may not have reached
    assert said.endswith(": ModuleNotFoundError: No module named 'alembic'"), said


def test_what_failed_is_red_with_its_reason_and_what_was_not_run_is_white() -> None:
    first, second, *others = known.COLUMNS
    ran = pages.Row("3.11.7", "1.20.1", "2.1.9", date="2026-01-01")
    ran.outcomes = {first: "", second: "check: CommandError: <new> | upgrade"}
    never = pages.Row("3.14", "newest", "newest", not_run="There was no Python 3.14.")
    page, picture = pages.page([ran, never], "none"), pages.picture([ran, never])
    assert cells(page) == ["closes", "check", *["not run"] * (len(others) + len(known.COLUMNS))]
    assert [each for each, _ in boxes(picture)] == [kind(cell) for cell in cells(page)]
    reason = escaped("check: CommandError: <new> | upgrade")
    assert f"- Python 3.11.7, Alembic 1.20.1, SQLAlchemy 2.1.9, {second}: {reason}\n" in page
    assert "- There was no Python 3.14.\n" in page
    assert f"- There was no server for {others[0]}.\n" in page
    colours = dict(re.findall(r"\.([\w-]+) {[^}]*fill: (#\w+)", picture))
    assert colours["closes"] == "#1a7f37"
    assert colours["failed"] == "#cf222e"
    assert colours["not-run"] == "#ffffff"
