"""The template: its questions, and rendered projects."""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import copier
import yaml
from jinja2 import Environment
from plumbum import local

ROOT = Path(__file__).resolve().parents[1]

PARTS = ("macros", "template")  # the folders that Copier reads, beside copier.yml

# Names of the migrations directory in the matrix: it is free text, so copier.yml has no choices.
DIRECTORIES = ("migrations", "alembic", "db_changes")


@cache
def configuration() -> dict[str, Any]:
    """Return copier.yml."""
    loaded = yaml.safe_load((ROOT / "copier.yml").read_text())
    assert isinstance(loaded, dict)
    return loaded


def questions() -> dict[str, dict[str, Any]]:
    """Return the questions that a user is asked, in their order."""
    entries = configuration().items()
    return {
        name: question
        for name, question in entries
        if not name.startswith("_") and question.get("when") is not False
    }


def computed(expression: str, **answers: str) -> Any:
    """Return what an expression of copier.yml is after these answers."""
    environment = Environment(trim_blocks=True, lstrip_blocks=True)  # noqa: S701 # no HTML
    return yaml.safe_load(environment.from_string(expression).render(answers))


def choices(question: str, **answers: str) -> list[str]:
    """Return the values that a question offers after these answers."""
    offered = questions()[question]["choices"]
    if isinstance(offered, str):
        offered = computed(offered, **answers)
    if isinstance(offered, dict):
        return list(offered.values())
    return [choice[1] if isinstance(choice, list) else choice for choice in offered]


def requirements(mode: str, driver: str) -> list[str]:
    """Return what a rendered project requires: Alembic, SQLAlchemy and then its driver."""
    found = computed(configuration()["requirements"]["default"], mode=mode, driver=driver)
    assert isinstance(found, list)
    return found


# After a driver, in tests: on a server of MySQL itself instead of MariaDB's.
ON_MYSQL = "-on-mysql"

MODES_AND_DRIVERS = [
    (mode, driver) for mode in choices("mode") for driver in choices("driver", mode=mode)
]
MODES_AND_DRIVERS_ON_MYSQL = [
    (mode, f"{driver}{ON_MYSQL}")
    for mode, driver in MODES_AND_DRIVERS
    if driver.startswith("mysql+")
]
# For what is about the database and not about its drivers.
ONE_A_MODE_ON_MYSQL = [
    ("sync", f"mysql+pymysql{ON_MYSQL}"),
    ("async", f"mysql+asyncmy{ON_MYSQL}"),
]


def matrix() -> list[dict[str, str]]:
    """Return every combination of answers for a new project."""
    return [
        {
            "project": "new",
            "layout": layout,
            "mode": mode,
            "driver": driver,
            "directory": directory,
            "placement": placement,
            "config": config,
        }
        for mode, driver in MODES_AND_DRIVERS
        for layout, placement, directory, config in itertools.product(
            choices("layout"),
            choices("placement"),
            DIRECTORIES,
            choices("config", project="new"),
        )
    ]


def existing_subset() -> list[dict[str, str]]:
    """Return combinations for an existing project in which each two answers meet.

    Layout, placement and directory turn with the driver, so that every driver is there once and
    every pair of layout, placement and directory at least once.
    """
    shapes = itertools.cycle(
        itertools.product(choices("layout"), choices("placement"), DIRECTORIES)
    )
    return [
        {
            "project": "existing",
            "layout": layout,
            "mode": mode,
            "driver": driver,
            "directory": directory,
            "placement": placement,
            "config": "alembic.ini",
        }
        for mode in choices("mode")
        for driver, (layout, placement, directory) in zip(
            choices("driver", mode=mode), shapes, strict=False
        )
    ]


def name(answers: dict[str, str]) -> str:
    """Return a readable test id."""
    return "-".join(answers.values())


def copy_to(folder: Path) -> None:
    """Copy the template into a folder."""
    shutil.copy(ROOT / "copier.yml", folder)
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))


@cache
def _plain_copy() -> str:
    """Return the template's folder without git, which renders twice as fast."""
    folder = tempfile.mkdtemp(prefix="copier-alembic-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy_to(Path(folder))
    return folder


def render(destination: Path, **answers: Any) -> Path:
    """Render the template as it stands in the work tree, without --trust.

    Unlike a `user_defaults`, an answer given as `data` is validated; a misspelt question is
    refused here because Copier ignores it.
    """
    unknown = answers.keys() - questions().keys()
    assert not unknown, f"no such question: {unknown}"
    if isinstance(answers.get("driver"), str):
        answers["driver"] = answers["driver"].removesuffix(ON_MYSQL)
    # Without git, which Copier runs for each file to ask how a repository keeps its mode.
    with local.env(PATH=os.devnull):
        copier.run_copy(
            _plain_copy(),
            destination,
            data=answers,
            defaults=True,
            quiet=True,
            unsafe=False,
        )
    return destination


def package_path(project: Path, answers: dict[str, str]) -> Path:
    """Return the folder of the project's package."""
    base = project / "src" if answers["layout"] == "src" else project
    return base / answers["package"]


def migrations_path(project: Path, answers: dict[str, str]) -> Path:
    """Return the folder of the project's migrations."""
    inside = answers["placement"] == "package"
    return (package_path(project, answers) if inside else project) / answers["directory"]
