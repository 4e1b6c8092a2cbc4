"""The projects in examples/ are what the template renders today, and they migrate."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts import examples
from support.contents import EMPTY, contents
from support.databases import database, table_names
from support.repositories import files

README = (examples.FOLDER / "README.md").read_text()


@pytest.mark.parametrize("name", examples.EXAMPLES)
def test_example_is_what_the_template_renders(name: str, tmp_path: Path) -> None:
    examples.render(name, tmp_path)
    assert files(examples.FOLDER / name) == files(tmp_path), "run make examples"


def test_readme_names_each_example_and_there_is_no_other() -> None:
    folders = [path.name for path in examples.FOLDER.iterdir() if path.is_dir()]
    assert sorted(folders) == sorted(examples.EXAMPLES)
    for name in folders:
        assert f"| [{name}]({name}) |" in README


@pytest.mark.parametrize("name", examples.EXAMPLES)
def test_example_migrates(name: str, tmp_path: Path) -> None:
    project = examples.render(name, tmp_path / "project")
    driver = project.answers.get("driver", "sqlite+pysqlite")
    with database(driver, tmp_path) as url:
        project.url = url
        if not project.revisions:
            project.autogenerate("create tables")
        project.run("upgrade", "head")
        assert len(table_names(url)) == 2
        project.run("check")
        project.run("downgrade", "base")
        assert contents(url) == EMPTY


def test_command_renders_all_of_them_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(examples.FOLDER, tmp_path / "examples")
    monkeypatch.setattr(examples, "FOLDER", tmp_path / "examples")
    before = files(tmp_path / "examples")
    (tmp_path / "examples" / "sqlite" / "alembic.ini").write_text("# changed\n")
    (tmp_path / "examples" / "mysql-flat" / "pyproject.toml").unlink()
    (tmp_path / "examples" / "existing" / "left_over.py").touch()
    examples.main()
    assert files(tmp_path / "examples") == before
