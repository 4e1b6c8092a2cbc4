"""An update with another answer does what one expects; see test_update.py for those that move."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from alembic.util import CommandError

from support import template
from support.databases import database, table_names
from support.migrations import Project, existing_project, new_project
from support.repositories import commit, copier, git, released
from support.tenants import create

PAGE = (template.ROOT / "docs" / "update.md").read_text()
INI, TOML = template.choices("config", project="new")


def started(folder: Path, answers: dict[str, str]) -> Project:
    """Start a project named my-app with a revision, and commit it."""
    make = existing_project if answers.get("project") == "existing" else new_project
    project = make(folder, None, **answers)
    record = project.path / ".copier-answers.yml"  # names a plain copy, which has no versions
    source = f"_commit: 1.0.0\n_src_path: {released()}"
    record.write_text(re.sub(r"(?m)^_src_path: .*", source, record.read_text()))
    project.autogenerate("create tables")
    commit(project.path)
    return project


def update(project: Project, answers: dict[str, str]) -> str:
    """Update the project with these answers, commit, and return what git says has changed."""
    data = [part for name, value in answers.items() for part in ("-d", f"{name}={value}")]
    result = copier("update", "--defaults", *data, cwd=project.path)
    assert result.returncode == 0, result.stderr
    commit(project.path)
    project.answers |= answers
    return git(project.path, "show", "--format=", "--name-status", "HEAD")


def tool_alembic(project: Project) -> object:
    """Return Alembic's table of pyproject.toml."""
    loaded = tomllib.loads((project.path / "pyproject.toml").read_text())
    return loaded["tool"].get("alembic")


def test_recipe_moves_the_configuration_into_pyproject(tmp_path: Path) -> None:
    project = started(tmp_path, {"config": INI})
    assert update(project, {"config": TOML}).splitlines() == [
        "M\t.copier-answers.yml",
        "D\talembic.ini",
        "M\tsrc/my_app/migrations/README.md",
    ]
    lines = PAGE.split("\n    [tool.alembic]\n")[1].split("\n\n")[0]
    table = "[tool.alembic]\n" + re.sub("(?m)^ {4}", "", lines)
    file = project.path / "pyproject.toml"
    file.write_text(f"{file.read_text()}\n{table}\n")
    fresh = new_project(tmp_path / "fresh", config=TOML)
    assert tool_alembic(project) == tool_alembic(fresh)
    test = project.path / "tests" / "test_migrations.py"
    old, new = 'Config(PROJECT / "alembic.ini")', 'Config(toml_file=PROJECT / "pyproject.toml")'
    assert f"`{new}`" in PAGE
    test.write_text(test.read_text().replace(old, new))
    assert test.read_text() == (fresh.path / "tests" / "test_migrations.py").read_text()
    project.run("upgrade", "head")
    project.run("check")


def test_recipe_moves_the_configuration_into_an_ini_file(tmp_path: Path) -> None:
    project = started(tmp_path, {"config": TOML})
    assert update(project, {"config": INI}).splitlines() == [
        "M\t.copier-answers.yml",
        "A\talembic.ini",
        "M\tsrc/my_app/migrations/README.md",
    ]
    file = project.path / "pyproject.toml"
    old = file.read_text().replace("%(here)s/src/my_app", "%(here)s/nowhere")
    file.write_text(old)
    assert project.cli("upgrade", "head").returncode == 0  # alembic.ini wins
    file.write_text(old.split("\n[tool.alembic]\n")[0])
    fresh = new_project(tmp_path / "fresh", config=INI)
    for name in ("alembic.ini", "pyproject.toml"):
        assert (project.path / name).read_text() == (fresh.path / name).read_text()
    check = project.cli("check")
    assert check.returncode == 0, check.stderr


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"project": "new"}, {"project": "existing"}),
        ({"project": "existing"}, {"project": "new"}),
        ({"models": "declarative"}, {"models": "sqlmodel"}),
        ({"models": "sqlmodel"}, {"models": "dataclass"}),
        ({"deployment": "none"}, {"deployment": "compose"}),
        ({"deployment": "compose"}, {"deployment": "none"}),
        ({"project": "existing"}, {"metadata": "my_app.db:Base.metadata"}),
    ],
    ids=lambda answers: "-".join(answers.values()),
)
def test_answer_that_is_read_at_the_start_changes_no_file_later(
    before: dict[str, str], after: dict[str, str], tmp_path: Path
) -> None:
    project = started(tmp_path, before)
    assert update(project, after) == "M\t.copier-answers.yml\n"
    assert (
        after.items() <= yaml.safe_load((project.path / ".copier-answers.yml").read_text()).items()
    )
    project.run("upgrade", "head")
    project.run("check")


def test_tenants_can_be_chosen_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = "postgresql+psycopg"
    with database(driver, tmp_path) as url:
        monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
        project = started(tmp_path, {"driver": driver})
        hooks, (first,) = project.migrations / "hooks.py", project.revisions
        before = hooks.read_text()
        update(project, {"tenants": "schemas"})
        assert hooks.read_text() == before
        with pytest.raises(CommandError, match=r"hooks\.py has no tenants\(connection\)"):
            project.run("upgrade", "head")
        # As docs/tenants.md says.
        fresh = new_project(tmp_path / "fresh", driver=driver, tenants="schemas")
        hooks.write_text((fresh.migrations / "hooks.py").read_text())
        old = "branch_labels: str | Sequence[str] | None = None"
        assert old in first.read_text()
        first.write_text(first.read_text().replace(old, 'branch_labels = ("tenants",)'))
        create(url, "tenant_a")
        project.run("upgrade", "head")
        project.run("check")
        assert not table_names(url)
        project.run("downgrade", "tenants@-1")
