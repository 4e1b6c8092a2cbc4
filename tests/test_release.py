"""A release is tagged when nothing is missing, and until then all that is missing is named."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from scripts import examples, readme, release
from support import template
from support.edits import history
from support.repositories import commit, git


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a clone of this repository with the work tree's files, in its place for the scripts."""
    root, clone = template.ROOT, tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--no-tags", root, clone)
    for name in git(root, "ls-files", "--cached", "--others", "--exclude-standard").splitlines():
        (clone / name).unlink(missing_ok=True)
        if (root / name).exists():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, clone / name)
    commit(clone)
    monkeypatch.setattr(template, "ROOT", clone)
    monkeypatch.setattr(examples, "FOLDER", clone / "examples")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "test")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "test@example.com")
    return clone


def change(file: Path, pattern: str, text: str) -> None:
    """Replace what a pattern finds in a file, which must be there."""
    after, count = re.subn(pattern, text, file.read_text(), count=1, flags=re.MULTILINE)
    assert count == 1, pattern
    file.write_text(after)


def run(version: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Release a version, and return what is said to be missing."""
    monkeypatch.setattr(sys, "argv", ["release", version])
    try:
        release.main()
    except SystemExit as end:
        return str(end.code).splitlines()
    return []


def test_release_is_refused_with_all_that_is_missing_and_then_tagged(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme.update(check=False)
    examples.main()
    changelog, updates = repository / "CHANGELOG.md", repository / "docs" / "updates.md"
    of_today = (repository / "docs" / "questions.md").read_text()
    change(repository / "pyproject.toml", "^version = .*", 'version = "1.1.0"')
    changelog.write_text("# Changelog\n\n## [Unreleased]\n\n### Fixed\n\n- A line.\n")
    updates.write_text("# Updates\n\n1 of 2 updates are clean.\n")
    change(repository / "docs" / "questions.md", r"\| `layout` ", "| `layuot` ")
    change(repository / "examples" / "sqlite" / "alembic.ini", "^# ", "# Old: ")
    commit(repository)
    git(repository, "tag", "1.10.0")
    (repository / "README.md").write_text("Not committed.\n")
    first, second, third, *others = run("1.9.0", monkeypatch)
    assert first == (
        "NOT RELEASED 1.9.0 is not above 1.10.0, which is released: take a higher version"
    )
    assert second == "NOT RELEASED the work tree has changes: commit them"
    assert third == "NOT RELEASED pyproject.toml has version 1.1.0: set it to 1.9.0"
    assert [line.partition(": ")[0].removeprefix("NOT RELEASED ") for line in others] == [
        "CHANGELOG.md says nothing of 1.9.0",
        "CHANGELOG.md needs an empty [Unreleased]",
        "examples/sqlite is not what the template renders",
        "questions.md is not up to date",
        "docs/updates.md is older than the template",
        "docs/updates.md has updates that are not clean",
    ]
    assert git(repository, "tag") == "1.10.0\n"

    change(repository / "pyproject.toml", "^version = .*", 'version = "1.11.0"')
    change(changelog, "^## .*", "## [Unreleased]\n\n## [1.11.0] - 2026-01-01")
    updates.write_text(f"# Updates\n\n`{history()[-1][:7]}`: 2 of 2 updates are clean.\n")
    (repository / "docs" / "questions.md").write_text(of_today)
    change(repository / "examples" / "sqlite" / "alembic.ini", "^# Old: ", "# ")
    commit(repository)
    assert run("1.11.0", monkeypatch) == []
    assert git(repository, "cat-file", "-t", "1.11.0") == "tag\n"
    assert run("1.11.0", monkeypatch)[0].startswith("NOT RELEASED 1.11.0 is not above 1.11.0")


def test_release_needs_a_version(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("v1", monkeypatch) == ["2"]
    assert "v1 is no version: make release VERSION=X.Y.Z" in capsys.readouterr().err
