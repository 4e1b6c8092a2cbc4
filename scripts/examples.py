"""Render the projects in examples/ again: a change of the template shows as one of files."""

import re
import shutil
import tempfile
from pathlib import Path

from sqlalchemy import make_url

from support import template
from support.migrations import Project

FOLDER = template.ROOT / "examples"

DEFAULTS = {
    "package": "my_app",
    "layout": "src",
    "directory": "migrations",
    "placement": "package",
    "config": "alembic.ini",
}
EXAMPLES: dict[str, dict[str, str]] = {
    "sqlite": DEFAULTS,
    "postgresql-async": DEFAULTS | {"mode": "async", "driver": "postgresql+asyncpg"},
    "mysql-flat": DEFAULTS
    | {
        "driver": "mysql+pymysql",
        "layout": "flat",
        "placement": "root",
        "config": "pyproject.toml",
    },
    "existing": DEFAULTS
    | {
        "project": "existing",
        "driver": "postgresql+psycopg",
        "package": "inventory",
        "metadata": "inventory.tables:metadata",
    },
}

# What was there before Copier came.
EXISTING = ["pyproject.toml", "src/inventory/__init__.py", "src/inventory/tables.py"]


def render(name: str, folder: Path) -> Project:
    """Render an example into a folder."""
    if name == "existing":
        for file in EXISTING:
            copy(FOLDER / name / file, folder / file)
    project = Project(template.render(folder, **EXAMPLES[name]), EXAMPLES[name])
    # Where the template was, and at which commit: it would differ on each machine, each time.
    answers = folder / ".copier-answers.yml"
    answers.write_text(re.sub(r"^_.*\n", "", answers.read_text(), flags=re.MULTILINE))
    if name == "sqlite":
        write_revision(project)
    return project


def copy(file: Path, to: Path) -> None:
    """Copy a file, with the folders that it needs."""
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, to)


def write_revision(project: Project) -> None:
    """Autogenerate a revision, with the same name and time each time."""
    with tempfile.TemporaryDirectory() as folder:
        project.url = make_url(f"sqlite:///{folder}/app.db")
        project.run("revision", "create tables", autogenerate=True, rev_id="5d0f7a1c2b3e")
    (revision,) = project.revisions
    text = re.sub(r"(?<=Create Date: ).*", "2026-01-01 00:00:00+00:00", revision.read_text())
    revision.with_name("2026_01_01_000000_5d0f7a1c2b3e_create_tables.py").write_text(text)
    revision.unlink()


def main() -> None:
    """Put the examples in the place of those that are there."""
    for name in EXAMPLES:
        with tempfile.TemporaryDirectory() as folder:
            project = render(name, Path(folder))
            shutil.rmtree(FOLDER / name, ignore_errors=True)
            for file in project.files:
                copy(file, FOLDER / name / file.relative_to(folder))


if __name__ == "__main__":
    main()
