"""Models are found, all of them, and only when they are compared (promise 8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.util import CommandError

from support.migrations import Project, existing_project, new_project

MODEL = """
from sqlalchemy.orm import Mapped, mapped_column

from my_app.db import Base


class Found(Base):
    __tablename__ = "found"

    id: Mapped[int] = mapped_column(primary_key=True)
"""


def created_tables(revision: Path) -> set[str]:
    """Return the tables that a revision creates."""
    return set(re.findall(r'op\.create_table\(\s*"(\w+)"', revision.read_text()))


@pytest.mark.parametrize(
    "file",
    [
        "found.py",
        "shop/found.py",
        "shop/__init__.py",
        "shop/deep/er/found.py",
        "_found.py",
        "json.py",
        "größe.py",
        "v2/found.py",
    ],
)
@pytest.mark.parametrize("make", [new_project, existing_project])
def test_new_model_file_is_found_wherever_it_is(
    make: Callable[[Path], Project], file: str, tmp_path: Path
) -> None:
    project = make(tmp_path)
    path = project.models / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(MODEL)
    assert created_tables(project.autogenerate("tables")) == {"customer", "purchase", "found"}


# What editors, file managers, notebooks and people leave beside models.
LEFT_BEHIND = [
    ".#customer.py",
    "._customer.py",
    ".customer.py",
    ".ipynb_checkpoints/customer-checkpoint.py",
    ".ipynb_checkpoints/customer.py",
    ".git/customer.py",
    "2024-notes.py",
    "2024/customer.py",
    "copy of customer.py",
    "customer (1).py",
    "customer.orig.py",
    "customer-old.py",
    "my_app.egg-info/customer.py",
    "old models/customer.py",
]


@pytest.mark.parametrize("make", [new_project, existing_project])
def test_file_that_no_import_finds_is_no_model(
    make: Callable[[Path], Project], tmp_path: Path
) -> None:
    project = make(tmp_path)
    for number, name in enumerate(LEFT_BEHIND):
        path = project.models / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = ("raise RuntimeError('it was run')", "\0\0", "no Python", MODEL)[number % 4]
        path.write_text(content)
    (project.models / "gone.py").symlink_to(tmp_path / "nowhere.py")
    (project.models / ".#purchase.py").symlink_to("user@host.1234:5678")
    (project.models / "folder.py").mkdir()
    assert created_tables(project.autogenerate("tables")) == {"customer", "purchase"}
    project.run("upgrade", "head")
    project.run("check")


def test_models_in_one_module_are_found(tmp_path: Path) -> None:
    project = new_project(tmp_path, project="existing")
    project.models.parent.mkdir(parents=True, exist_ok=True)
    base = "from sqlalchemy.orm import DeclarativeBase\n\nclass Base(DeclarativeBase): pass\n"
    project.models.with_suffix(".py").write_text(MODEL.replace("from my_app.db import Base", base))
    assert created_tables(project.autogenerate("tables")) == {"found"}


def test_every_package_that_hooks_name_is_searched(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    more = project.models.parent / "billing" / "tables"
    more.mkdir(parents=True)
    (more / "found.py").write_text(MODEL)
    hooks = project.migrations / "hooks.py"
    names = '["my_app.models", "my_app.billing.tables"]'
    hooks.write_text(hooks.read_text().replace('["my_app.models"]', names))
    assert created_tables(project.autogenerate("tables")) == {"customer", "purchase", "found"}


def test_removed_model_file_is_a_dropped_table(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    (project.models / "found.py").write_text(MODEL)
    project.autogenerate("tables")
    project.run("upgrade", "head")
    (project.models / "found.py").unlink()
    assert 'op.drop_table("found")' in project.autogenerate("drop").read_text()


def test_whole_package_can_be_searched(tmp_path: Path) -> None:
    project = existing_project(tmp_path, metadata="my_app:db.Base.metadata")
    package = project.models.parent
    (package / "__init__.py").write_text("from my_app import db as db\n")
    (package / "__main__.py").write_text("raise RuntimeError('the application was started')\n")
    assert created_tables(project.autogenerate("tables")) == {"customer", "purchase"}
    project.run("upgrade", "head")
    project.run("check")


def test_models_that_are_not_there_stop_the_comparison(tmp_path: Path) -> None:
    project = existing_project(tmp_path, metadata="my_app.db:Base.metadata")
    for command in ("check", "revision"):
        with pytest.raises(CommandError) as error:
            project.run(command, **({"autogenerate": True} if command == "revision" else {}))
        assert str(error.value) == (
            f"No model is below my_app.db: correct `models` in {project.migrations / 'hooks.py'}"
        )
    assert project.revisions == []


def test_broken_model_stops_the_comparison_with_its_error(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    (project.models / "shop").mkdir()
    (project.models / "shop" / "__init__.py").write_text("import no_such_module\n")
    with pytest.raises(CommandError, match="no_such_module"):
        project.run("check")


def run_what_compares_nothing(project: Project) -> None:
    """Run the commands that need no models."""
    project.run("upgrade", "head")
    project.run("current")
    project.run("history")
    project.run("downgrade", "base")
    project.run("stamp", "head")
    project.run("upgrade", "head", sql=True)
    project.run("revision", message="by hand")


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_other_commands_do_not_import_the_models(mode: str, tmp_path: Path) -> None:
    project = new_project(tmp_path, mode=mode)
    project.autogenerate("tables")
    (project.models / "broken.py").write_text("raise RuntimeError('models were imported')\n")
    run_what_compares_nothing(project)
    with pytest.raises(CommandError, match="models were imported"):
        project.run("check")


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_autogenerate_py_that_fails_stops_only_the_comparison(mode: str, tmp_path: Path) -> None:
    project = new_project(tmp_path, mode=mode)
    project.autogenerate("tables")
    (project.migrations / "autogenerate.py").write_text("import alembic.internals\n")
    run_what_compares_nothing(project)
    with pytest.raises(CommandError, match=r"autogenerate.py can't be imported .*internals"):
        project.run("check")
