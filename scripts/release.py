"""Tag a release, or say all that is missing; the argument is its version."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from packaging.version import Version

from scripts import examples, readme
from support import template
from support.edits import history
from support.repositories import files, git

FORM = r"\d+\.\d+\.\d+"


def read(name: str) -> str:
    """Return a file of the repository."""
    return (template.ROOT / name).read_text()


def missing(version: str) -> Iterator[str]:
    """Give what keeps this version from being released: what is so, and what to do."""
    tags = [tag for tag in git(template.ROOT, "tag").split() if re.fullmatch(FORM, tag)]
    newest = max(tags, key=Version, default=None)
    if newest and Version(version) <= Version(newest):
        yield f"{version} is not above {newest}, which is released: take a higher version"
    if git(template.ROOT, "status", "--porcelain"):
        yield "the work tree has changes: commit them"
    if (here := tomllib.loads(read("pyproject.toml"))["project"]["version"]) != version:
        yield f"pyproject.toml has version {here}: set it to {version}"
    yield from missing_in_changelog(version)
    yield from missing_in_what_is_generated()


def missing_in_changelog(version: str) -> Iterator[str]:
    """Give what the changelog lacks: lines of this version, and none that are unreleased."""
    _, *parts = re.split(r"^## \[(.*?)\].*\n", read("CHANGELOG.md"), flags=re.MULTILINE)
    lines = {name: "- " in text for name, text in zip(parts[::2], parts[1::2], strict=True)}
    heading = f"[{version}] - {datetime.now(tz=UTC).date()}"
    if not lines.get(version):
        yield f"CHANGELOG.md says nothing of {version}: write it below {heading}"
    if lines.get("Unreleased", True):
        yield f"CHANGELOG.md needs an empty [Unreleased]: rename it to {heading}, add an empty one"


def missing_in_what_is_generated() -> Iterator[str]:
    """Give what was rendered, written or tried before the last change of the template."""
    with tempfile.TemporaryDirectory() as folder:
        for name in examples.EXAMPLES:
            project = examples.render(name, Path(folder, name))
            rendered = {
                file.relative_to(project.path).as_posix(): file.read_text()
                for file in project.files
            }
            if rendered != files(examples.FOLDER / name):
                yield f"examples/{name} is not what the template renders: run make examples"
    try:
        readme.update(check=True)
    except SystemExit as outdated:
        yield str(outdated)
    updates = read("docs/updates.md")
    if history()[-1][:7] not in updates:
        yield "docs/updates.md is older than the template: run make update-history"
    if not (tried := re.search(r"(\d+) of (\d+) updates are clean", updates)) or (
        tried[1] != tried[2]
    ):
        yield "docs/updates.md has updates that are not clean: mend them, run make update-history"


def main() -> None:
    """Tag the commit, or exit with 1 and a line for each thing that is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", help="X.Y.Z")
    version = parser.parse_args().version
    if not re.fullmatch(FORM, version):
        parser.error(f"{version} is no version: make release VERSION=X.Y.Z")
    if found := [*missing(version)]:
        sys.exit("\n".join(f"NOT RELEASED {each}" for each in found))
    command = ["git", "tag", "--annotate", "--message", version, version]
    subprocess.run(command, cwd=template.ROOT, check=True)  # with your name, or signed
    print(f"{version} is tagged, here alone: git push origin main {version}")


if __name__ == "__main__":
    main()
