"""`copier update` brings the template's changes, keeps the user's, and loses no revision."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

import template
from migrations import Project, existing_project, new_project
from repositories import commit, copier, files, git, release

ANSWERS = [
    {},
    {"mode": "async", "driver": "postgresql+asyncpg", "placement": "root"},
    {"driver": "mysql+pymysql", "layout": "flat", "config": "pyproject.toml"},
    {"driver": "postgresql+psycopg", "directory": "alembic", "models": "dataclass"},
]


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a repository with two releases: 1.0.0 with other files of the template's, and today."""
    folder = tmp_path_factory.mktemp("releases")
    template.copy_to(folder)
    for file in folder.glob("template/*migrations_path*/*"):
        if file.suffix == ".jinja" and not file.name.startswith("hooks"):
            file.write_text(file.read_text() + "# This line was removed in 2.0.0.\n")
    commit(folder)
    git(folder, "tag", "1.0.0")
    release(folder, "2.0.0")
    return folder


def started(releases: Path, folder: Path, version: str = "1.0.0", **answers: str) -> Path:
    """Start a project of a release, with a revision, and commit it."""
    folder.mkdir(exist_ok=True)
    project = folder / "my-app"
    data = [part for key, value in answers.items() for part in ("-d", f"{key}={value}")]
    where = ["--vcs-ref", version, "-d", "package=my_app"]
    result = copier("copy", "--defaults", *where, *data, releases, project, cwd=folder)
    assert result.returncode == 0, result.stderr
    (versions,) = project.rglob("versions")
    (versions / "1_first.py").write_text("revision = '1'\ndown_revision = None\n")
    commit(project)
    return project


TEMPLATES = ("env.py", "database.py", "autogenerate.py", "script.py.mako", "alembic.ini")


def is_template_s(name: str) -> bool:
    """Tell whether the template renders the file again."""
    return name.endswith((*TEMPLATES, "migrations/README.md", "alembic/README.md"))


@pytest.mark.parametrize("answers", ANSWERS, ids=lambda answers: "-".join(answers.values()))
def test_update_brings_fixes_and_keeps_what_is_the_user_s(
    answers: dict[str, str], releases: Path, tmp_path: Path
) -> None:
    project = started(releases, tmp_path, **answers)
    (hooks,) = project.rglob("hooks.py")
    (models,) = project.rglob("models")
    hooks.write_text(hooks.read_text() + "\n# my own\n")
    (models / "customer.py").write_text("# rewritten\n")
    (models / "purchase.py").unlink()
    (models / "invoice.py").write_text("# added\n")
    (project / "README.md").write_text("# Mine\n")
    (project / ".env.example").unlink()
    (project / "pyproject.toml").write_text((project / "pyproject.toml").read_text() + "# mine\n")
    commit(project)
    before = files(project)
    result = copier("update", "--defaults", cwd=project)
    assert result.returncode == 0, result.stderr
    after = files(project)
    fresh = files(started(releases, tmp_path / "fresh", "2.0.0", **answers))
    assert after.keys() == before.keys()
    for name, content in after.items():
        if is_template_s(name):
            assert content == fresh[name], name
        elif name != ".copier-answers.yml":
            assert content == before[name], name
    assert "_commit: 2.0.0" in after[".copier-answers.yml"]
    (env,) = (name for name in after if name.endswith("env.py"))
    assert before[env] != after[env]
    assert "move your edit to " in result.stderr


def test_edit_of_env_py_against_its_first_line_is_a_conflict_to_see(
    releases: Path, tmp_path: Path
) -> None:
    project = started(releases, tmp_path)
    (env,) = project.rglob("env.py")
    changed = env.read_text().replace("# This line was removed in 2.0.0.", "# my own edit")
    env.write_text(changed)
    commit(project)
    copier("update", "--defaults", cwd=project)
    assert "<<<<<<<" in env.read_text()
    assert "UU src/my_app/migrations/env.py" in git(project, "status", "--porcelain")


MOVES = [
    ("directory=other", "git mv src/my_app/migrations src/my_app/other"),
    ("placement=root", "git mv src/my_app/migrations migrations"),
    ("layout=flat", "git mv src/my_app my_app"),
    ("package=shop", "git mv src/my_app src/shop"),
]


@pytest.mark.parametrize(("answer", "recipe"), MOVES)
def test_update_that_would_leave_revisions_behind_is_refused_with_the_recipe(
    answer: str, recipe: str, releases: Path, tmp_path: Path
) -> None:
    project = started(releases, tmp_path)
    before = files(project)
    result = copier("update", "--defaults", "-d", answer, cwd=project)
    assert result.returncode != 0
    assert f'first commit "{recipe}"' in result.stderr
    assert files(project) == before
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.parametrize(("answer", "recipe"), MOVES)
def test_recipe_moves_the_revisions(
    answer: str, recipe: str, releases: Path, tmp_path: Path
) -> None:
    project = started(releases, tmp_path)
    git(project, *shlex.split(recipe)[1:])
    commit(project)
    moved_first = ("--vcs-ref", ":current:", "-d", answer)
    for arguments in (moved_first, ()):
        result = copier("update", "--defaults", *arguments, cwd=project)
        assert result.returncode == 0, result.stderr
        commit(project)
    after = files(project)
    assert not [name for name, content in after.items() if "<<<<<<<" in content]
    (moved,) = (name for name in after if name.endswith("versions/1_first.py"))
    folder = moved.removesuffix("versions/1_first.py")
    assert {name for name in after if name.endswith("hooks.py")} == {f"{folder}hooks.py"}
    assert {name for name in after if name.endswith("env.py")} == {f"{folder}env.py"}
    assert "removed in 2.0.0" not in after[f"{folder}env.py"]


def test_another_database_is_refused_while_there_are_revisions(
    releases: Path, tmp_path: Path
) -> None:
    project = started(releases, tmp_path)
    result = copier("update", "--defaults", "-d", "driver=postgresql+psycopg", cwd=project)
    assert result.returncode != 0
    assert "The revisions in src/my_app/migrations are for sqlite" in result.stderr
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"driver": "postgresql+psycopg"}, {"mode": "async"}),
        ({"driver": "postgresql+psycopg"}, {"driver": "postgresql+pg8000"}),
        ({"driver": "mysql+pymysql"}, {"driver": "mariadb+mariadbconnector"}),
        ({}, {"mode": "async", "driver": "sqlite+aiosqlite"}),
    ],
    ids=str,
)
def test_mode_and_driver_can_change(
    before: dict[str, str], after: dict[str, str], releases: Path, tmp_path: Path
) -> None:
    project = started(releases, tmp_path, **before)
    data = [part for key, value in after.items() for part in ("-d", f"{key}={value}")]
    result = copier("update", "--defaults", *data, cwd=project)
    assert result.returncode == 0, result.stderr
    fresh = files(started(releases, tmp_path / "fresh", "2.0.0", **before | after))
    for name, content in files(project).items():
        if is_template_s(name):
            assert content == fresh[name], name


HISTORY = git(template.ROOT, "rev-list", "--reverse", "HEAD", "--", "template").split()


@pytest.mark.parametrize("kind", [new_project, existing_project])
@pytest.mark.parametrize("revision", dict.fromkeys([HISTORY[0], HISTORY[len(HISTORY) // 2]]))
def test_update_from_an_early_commit_has_no_conflict(
    revision: str, kind: Callable[..., Project], tmp_path: Path
) -> None:
    folder = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", str(template.ROOT), str(folder))
    git(folder, "checkout", "--quiet", revision)
    git(folder, "tag", "0.0.1")
    project = tmp_path / "my-app"
    data = ["-d", "package=my_app", "-d", f"project={kind.__name__.removesuffix('_project')}"]
    result = copier(
        "copy", "--defaults", "--vcs-ref", "0.0.1", *data, folder, project, cwd=tmp_path
    )
    assert result.returncode == 0, result.stderr
    commit(project)
    before = files(project)
    release(folder, "0.0.2")
    result = copier("update", "--defaults", cwd=project)
    assert result.returncode == 0, result.stderr
    after = files(project)
    assert not [name for name in after if "<<<<<<<" in after[name] or name.endswith(".rej")]
    rendered = kind(tmp_path / "fresh")
    for name, content in after.items():
        if is_template_s(name):
            assert content == (rendered.path / name).read_text(), name
        elif name != ".copier-answers.yml":
            assert content == before[name], name
