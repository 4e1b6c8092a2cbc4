"""Two branches that each add a revision: a conflict in git, and the way out of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from alembic.util import CommandError, load_python_file

from support import processes, template
from support.migrations import Project, new_project
from support.repositories import GIT, commit, git


def revise(project: Project, revision: str, **options: str) -> None:
    """Write a revision, and commit it."""
    project.run("revision", message=revision, rev_id=revision, **options)
    commit(project.path)


def heads(project: Project) -> str:
    """Return what heads.txt says."""
    return (project.migrations / "heads.txt").read_text()


def parent(project: Project, revision: str) -> object:
    """Return the parent of a revision."""
    found = project.scripts().get_revision(revision)
    assert found
    return found.down_revision


def rebase(project: Project, revision: str) -> str:
    """Run the command of the project, and return what it printed."""
    config = project.config()
    with project.imported():
        tool = load_python_file(str(project.migrations / "tools"), "rebase.py")
        tool.rebase(config, revision)
    return str(getattr(config.stdout, "getvalue", str)())


def merged(project: Project) -> bool:
    """Merge the main branch into that of a feature, and tell whether git could."""
    git(project.path, "checkout", "--quiet", "feature")
    merge = [*GIT, "merge", "--quiet", "main"]
    return subprocess.run(merge, cwd=project.path, capture_output=True, check=False).returncode == 0


def diverged(project: Project, ours: str, theirs: str) -> None:
    """Have two branches go on from the same: a feature with two revisions, and main with one."""
    git(project.path, "init", "--quiet", "--initial-branch=main")
    revise(project, "first")
    git(project.path, "checkout", "--quiet", "-b", "feature")
    revise(project, ours)
    revise(project, f"{ours}_2")
    git(project.path, "checkout", "--quiet", "main")
    revise(project, theirs)


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=repr)
def test_two_heads_are_a_conflict_and_one_command_puts_a_branch_on_top(
    newline: str, tmp_path: Path
) -> None:
    project = new_project(tmp_path)
    diverged(project, "mine", "theirs")
    assert not merged(project)
    assert git(project.path, "diff", "--name-only", "--diff-filter=U").endswith("heads.txt\n")
    (mine,) = (each for each in project.revisions if each.name.endswith("_mine_mine.py"))
    mine.write_bytes(mine.read_bytes().replace(b"\n", newline.encode()))
    before = mine.read_bytes()
    assert "mine now goes on from theirs" in rebase(project, "mine_2")
    assert heads(project) == "mine_2\n"
    assert project.scripts().get_heads() == ["mine_2"]
    assert mine.read_bytes() == before.replace(b"first", b"theirs")
    commit(project.path)
    assert parent(project, "mine") == "theirs"
    assert parent(project, "mine_2") == "mine"


def test_alembic_merge_ends_the_conflict_too(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    diverged(project, "mine", "theirs")
    assert not merged(project)
    with project.imported():
        project.run("merge", "heads", message="join", rev_id="joined")
    assert heads(project) == "joined\n"


def test_autogenerate_names_the_last_of_the_revisions_that_it_writes(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    project.autogenerate("create tables")
    assert heads(project).split() == project.scripts().get_heads()


def test_heads_of_two_branches_have_a_place_each_and_change_without_a_conflict(
    tmp_path: Path,
) -> None:
    project = new_project(tmp_path)
    git(project.path, "init", "--quiet", "--initial-branch=main")
    revise(project, "a", branch_label="one")
    revise(project, "b", branch_label="two", head="base")
    git(project.path, "checkout", "--quiet", "-b", "feature")
    revise(project, "c", head="one@head")
    git(project.path, "checkout", "--quiet", "main")
    revise(project, "d", head="two@head")
    assert merged(project)
    assert heads(project) == "c\n\nd\n"


def test_existing_project_has_the_file_with_its_next_revision(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    project.run("revision", message="first", rev_id="first")
    (project.migrations / "heads.txt").unlink()
    project.run("revision", message="second", rev_id="second")
    assert heads(project) == "second\n"


def test_file_that_is_wrong_is_mended_and_no_head_is_refused(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    for name in "first", "second":
        project.run("revision", message=name, rev_id=name)
    (project.migrations / "heads.txt").write_text("first\n")
    with pytest.raises(CommandError, match="first is no head: name your branch's, one of second"):
        rebase(project, "first")
    rebase(project, "second")
    assert heads(project) == "second\n"


@pytest.mark.parametrize("placement", template.choices("placement"))
def test_rebase_is_on_the_command_line(placement: str, tmp_path: Path) -> None:
    project = new_project(tmp_path, placement=placement)
    for name in "first", "mine", "theirs":
        head = "first" if name == "theirs" else "head"
        project.run("revision", message=name, rev_id=name, head=head, splice=name == "theirs")
    where = ["-m", "my_app.migrations"] if placement == "package" else ["migrations"]
    command = ("python", *where, "rebase", "mine")
    result = processes.run(command, project.path, {**project.environment(), "PYTHONPATH": "src"})
    assert result.returncode == 0, result.stderr
    assert parent(project, "mine") == "theirs"
