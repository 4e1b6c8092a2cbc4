"""`copier update` brings the template's changes, keeps the user's, and loses no revision."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from copier import VcsRef
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL

from support import template
from support.edits import (
    DEFAULTS,
    EDITS,
    Edit,
    assert_update_keeps_its_promise,
    history,
    release_history,
    started,
    template_files,
    update,
)
from support.migrations import Project
from support.repositories import commit, copier, files, git, release

LINE = "# This line was removed in 2.0.0."


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a repository with two releases: 1.0.0, each file with a line more, and today."""
    folder = tmp_path_factory.mktemp("releases")
    template.copy_to(folder)
    for file in folder.glob("template/**/*"):
        if file.is_file() and file.name != ".gitkeep":
            file.write_text(f"{LINE}\n{file.read_text()}")
    commit(folder)
    git(folder, "tag", "1.0.0")
    release(folder, "2.0.0")
    return folder


@settings(max_examples=10, deadline=None, derandomize=True, phases=[Phase.generate])
@given(
    answers=st.sampled_from([*template.matrix(), *template.existing_subset()]),
    edits=st.lists(st.sampled_from(EDITS), unique=True),
)
def test_update_brings_fixes_and_keeps_what_is_the_user_s(
    releases: Path,
    tmp_path_factory: pytest.TempPathFactory,
    answers: dict[str, str],
    edits: list[Edit],
) -> None:
    project = started(releases, "1.0.0", tmp_path_factory.mktemp("drawn"), **answers)
    for edit in edits:
        edit(project)
    assert_update_keeps_its_promise(project, "2.0.0")


@pytest.fixture(scope="session")
def releases_of_history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a repository in which each commit is a release, and the work tree the last."""
    folder = tmp_path_factory.mktemp("history") / "template"
    release_history(folder)
    return folder


COMMITS = len(history())


@pytest.mark.parametrize("kind", template.choices("project"))
@pytest.mark.parametrize("number", sorted({0, COMMITS // 2, max(0, COMMITS - 3)}))
def test_update_from_an_earlier_commit_keeps_what_is_the_user_s(
    number: int, kind: str, releases_of_history: Path, tmp_path: Path
) -> None:
    project = started(releases_of_history, f"0.0.{number}", tmp_path, project=kind)
    for edit in EDITS:
        edit(project)
    assert_update_keeps_its_promise(project, "1.0.0")


def test_copy_takes_the_newest_tag_and_an_update_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As users do it: by the address of the whole repository, whose main is ahead of its tags."""
    monkeypatch.setenv("COPIER_CACHE_DIR", str(tmp_path / "cache"))
    work, host = tmp_path / "work", tmp_path / "copier-alembic.git"
    git(tmp_path, "clone", "--quiet", "--no-tags", template.ROOT, work)
    git(tmp_path, "init", "--quiet", "--bare", host)
    env = work / "template" / "{{ migrations_path }}" / "env.py.jinja"
    for name in template.PARTS:
        shutil.rmtree(work / name)
    template.copy_to(work)
    today = env.read_text()

    def publish(version: str, text: str) -> None:
        env.write_text(text)
        commit(work)
        git(work, "tag", "--annotate", "--message", version, version)
        env.write_text("# Not released.")
        commit(work)
        git(work, "push", "--quiet", "--tags", host, "HEAD:refs/heads/main")

    publish("1.0.0", f"{today}\n{LINE}\n")
    copied = copier("copy", "--defaults", host.as_uri(), "my-app", cwd=tmp_path)
    assert copied.returncode == 0, copied.stderr
    assert "Copying from template version 1.0.0\n" in copied.stderr
    assert "No git tags" not in copied.stderr
    project = Project(tmp_path / "my-app", DEFAULTS)
    assert f"\n{LINE}\n" in (project.migrations / "env.py").read_text()
    project.url = URL.create("sqlite+pysqlite", database=str(tmp_path / "app.db"))
    project.autogenerate("create tables")
    commit(project.path)
    for edit in EDITS:
        edit(project)

    def by_command(project: Project) -> None:
        updated = copier("update", "--defaults", cwd=project.path)
        assert updated.returncode == 0, updated.stderr
        assert "Updating to template version 2.0.0\n" in updated.stderr

    publish("2.0.0", today)
    assert_update_keeps_its_promise(project, "2.0.0", by_command)


def test_hooks_py_comes_back_if_it_was_deleted(releases: Path, tmp_path: Path) -> None:
    project = started(releases, "2.0.0", tmp_path)
    hooks = (project.migrations / "hooks.py").read_text()
    (project.migrations / "hooks.py").unlink()
    commit(project.path)
    update(project)
    assert (project.migrations / "hooks.py").read_text() == hooks


def test_edit_of_env_py_against_its_first_line_is_a_conflict_to_see(
    releases: Path, tmp_path: Path
) -> None:
    project = started(releases, "1.0.0", tmp_path)
    env = project.migrations / "env.py"
    env.write_text(env.read_text().replace(LINE, "# my own edit"))
    commit(project.path)
    result = copier("update", "--defaults", cwd=project.path)
    assert result.returncode == 0  # as Copier does it
    assert "<<<<<<<" in env.read_text()
    assert "UU src/my_app/migrations/env.py" in git(project.path, "status", "--porcelain")
    assert "move your edit to src/my_app/migrations/hooks.py" in result.stderr


MOVES = [
    ({"directory": "other"}, "git mv src/my_app/migrations src/my_app/other"),
    ({"placement": "root"}, "git mv src/my_app/migrations migrations"),
    ({"layout": "flat"}, "git mv src/my_app my_app"),
    ({"package": "shop"}, "git mv src/my_app src/shop"),
]


@pytest.mark.parametrize(("answer", "recipe"), MOVES)
def test_update_that_would_leave_revisions_behind_is_refused_with_the_recipe(
    answer: dict[str, str], recipe: str, releases: Path, tmp_path: Path
) -> None:
    project = started(releases, "1.0.0", tmp_path)
    with pytest.raises(ValueError, match=re.escape(f'first commit "{recipe}"')):
        update(project, answer)
    assert git(project.path, "status", "--porcelain", "--ignored") == ""


@pytest.mark.parametrize(("answer", "recipe"), MOVES)
def test_recipe_moves_the_revisions(
    answer: dict[str, str], recipe: str, releases: Path, tmp_path: Path
) -> None:
    project = started(releases, "1.0.0", tmp_path)
    (revision,) = project.revisions
    git(project.path, *shlex.split(recipe)[1:])
    commit(project.path)
    update(project, answer, VcsRef.CURRENT)
    commit(project.path)
    update(project)
    project.answers |= answer
    after = files(project.path)
    assert not [name for name, content in after.items() if "<<<<<<<" in content]
    assert [path.name for path in project.revisions] == [revision.name]
    for name in ("hooks.py", "env.py", "versions"):
        assert list(project.path.rglob(name)) == [project.migrations / name]
    assert LINE not in (project.migrations / "env.py").read_text()


def test_another_database_is_refused_while_there_are_revisions(
    releases: Path, tmp_path: Path
) -> None:
    project = started(releases, "1.0.0", tmp_path)
    result = copier("update", "--defaults", "-d", "driver=postgresql+psycopg", cwd=project.path)
    assert result.returncode != 0
    assert "The revisions in src/my_app/migrations are for sqlite" in result.stderr
    assert git(project.path, "status", "--porcelain", "--ignored") == ""


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
    project = started(releases, "1.0.0", tmp_path, **before)
    update(project, after)
    answers = project.answers | after
    fresh = Project(template.render(tmp_path / "fresh", **answers), answers)
    assert template_files(project) == template_files(fresh)
    for name in template_files(fresh):
        assert (project.path / name).read_text() == (fresh.path / name).read_text(), name
