"""`copier copy` and `copier update`, beside templates without logic and those of others.

COPIER_TEMPLATES, paths separated as in PATH, names clones of templates to compare with, and
COPIER_OPTIONS what they need, such as --data for questions without a default. Each must be at its
last release, which is what Copier takes: --vcs-ref would spare them the search for it.
"""

from __future__ import annotations

import itertools
import os
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from measure import Compare
from projects import processor_time
from support import repositories, template

ANSWERS = "# Changes here will be overwritten\n{{ _copier_answers|to_nice_yaml -}}\n"
COPIER = [sys.executable, "-m", "copier"]


@dataclass
class Source:
    """A template's repository, with options for it: always, and of `copier copy`."""

    path: Path
    options: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    def copy(self, project: Path) -> list[str]:
        """Return the command that copies it."""
        quiet = ["--defaults", "--quiet", *self.options, *self.answers]
        return [*COPIER, "copy", *quiet, str(self.path), str(project)]

    def update(self) -> list[str]:
        """Return the command that updates a project from it."""
        return [*COPIER, "update", "--defaults", "--quiet", *self.options]


def without_logic(folder: Path, rendered: Path) -> Path:
    """Release a template of the same files, as they are."""
    for name, text in repositories.files(rendered).items():
        if name != ".copier-answers.yml":
            file = folder / "template" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    (folder / "copier.yml").write_text("_subdirectory: template\n")
    answers = folder / "template" / "{{ _copier_conf.answers_file }}.jinja"
    answers.write_text(ANSWERS)
    repositories.commit(folder)
    repositories.git(folder, "tag", "1.0.0")
    return folder


def other(clone: Path, answers: list[str]) -> tuple[str, Source]:
    """Return the template of a clone, by its repository's owner and name, and its commit."""
    commit = repositories.git(clone, "rev-parse", "HEAD").strip()
    remote = repositories.git(clone, "config", "--default", "", "remote.origin.url").strip()
    # https://host/owner/name.git or user@host:owner/name.git, but no path on this machine
    url = r"(?:\w+://[^/]+/|[^/:]+:(?!/)).*?([^/]+/[^/]+?)(?:\.git)?/?"
    match = re.fullmatch(url, remote)
    name = match[1] if match else clone.name
    return f"{name} {commit[:7]}", Source(clone, ["--skip-tasks"], answers)


def templates(folder: Path) -> dict[str, Source]:
    """Return the templates by the side's name."""
    ours = folder / "ours"
    ours.mkdir()
    repositories.release(ours, "1.0.0")
    plain = without_logic(folder / "plain", template.render(folder / "rendered"))
    found = {"no logic": Source(plain), "ours": Source(ours)}
    answers = shlex.split(os.environ.get("COPIER_OPTIONS", ""))
    clones = os.environ.get("COPIER_TEMPLATES", "").split(os.pathsep)
    return found | dict(other(Path(clone).resolve(), answers) for clone in clones if clone)


def floor(folder: Path) -> dict[str, Callable[[], float]]:
    """Return the side of a command that does nothing."""
    return {"copier --version": lambda: processor_time([*COPIER, "--version"], folder)}


def bench_copy(tmp_path: Path, compare: Compare) -> None:
    numbers = itertools.count()
    sides = floor(tmp_path)
    for name, source in templates(tmp_path).items():

        def copy(source: Source = source) -> float:
            return processor_time(source.copy(tmp_path / f"copy-{next(numbers)}"), tmp_path)

        sides[name] = copy
    compare("copier", {"command": "copier copy --defaults"}, sides, base="no logic")


def bench_update(tmp_path: Path, compare: Compare) -> None:
    """Update projects that are up to date: had one changed, Copier would refuse the next time."""
    sides = floor(tmp_path)
    for number, (name, source) in enumerate(templates(tmp_path).items()):
        project = tmp_path / f"project-{number}"
        processor_time(source.copy(project), tmp_path)
        repositories.commit(project)

        def update(project: Path = project, source: Source = source) -> float:
            return processor_time(source.update(), project)

        sides[name] = update
    compare("copier", {"command": "copier update --defaults"}, sides, base="no logic")
