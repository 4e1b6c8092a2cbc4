"""Git repositories, of the template and of projects, and Copier's command line in them."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from support import processes, template

GIT = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com"]


def git(folder: Path, *arguments: str | Path, text: str | None = None) -> str:
    """Run git in a folder, with this text to read, and return what it prints."""
    command = [*GIT, *arguments]
    result = subprocess.run(
        command, cwd=folder, input=text, capture_output=True, text=True, check=True
    )
    return result.stdout


def commit(folder: Path) -> None:
    """Commit all that is there, in a repository made for it."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "A state")


def release(folder: Path, version: str) -> None:
    """Release the template as it stands in the work tree, in a repository made for it.

    It is packed, because Copier clones it for each copy, and for an update five times.
    """
    for name in template.PARTS:
        shutil.rmtree(folder / name, ignore_errors=True)
    template.copy_to(folder)
    commit(folder)
    git(folder, "tag", version)
    git(folder, "repack", "-a", "-d", "--quiet")


@cache
def released() -> Path:
    """Return a repository of the template as it stands in the work tree, with a release 1.0.0.

    It is for all tests, so none may change it. A clone of it takes a tenth of one of this
    repository, which has each commit and all that is beside the template.
    """
    folder = Path(tempfile.mkdtemp(prefix="copier-alembic-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    release(folder, "1.0.0")
    return folder


def copier(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `python -m copier` with these arguments, and no terminal to ask on."""
    return processes.run(("copier", *map(str, arguments)), cwd, os.environ)


def files(folder: Path) -> dict[str, str]:
    """Return the project's files with their texts."""
    paths = [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in paths}
