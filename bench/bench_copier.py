"""`copier copy` and `copier update`, beside templates without logic and those of others.

COPIER_TEMPLATES, paths separated as in PATH, names clones of templates to compare with, and
COPIER_OPTIONS what they need, such as --data for questions without a default.
"""

from __future__ import annotations

import itertools
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import repositories
import template
from measure import Compare
from projects import processor_time

ANSWERS = "# Changes here will be overwritten\n{{ _copier_answers|to_nice_yaml -}}\n"
COPIER = [sys.executable, "-m", "copier"]


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


def templates(folder: Path) -> dict[str, Path]:
    """Return the templates by the side's name."""
    ours = folder / "ours"
    ours.mkdir()
    repositories.release(ours, "1.0.0")
    rendered = template.render(folder / "rendered")
    return {"no logic": without_logic(folder / "plain", rendered), "ours": ours}


def bench_copy(tmp_path: Path, compare: Compare) -> None:
    numbers = itertools.count()

    def copy(source: Path, *options: str) -> Callable[[], float]:
        def run() -> float:
            command = [*COPIER, "copy", "--defaults", "--quiet", *options, str(source)]
            return processor_time([*command, str(tmp_path / f"copy-{next(numbers)}")], tmp_path)

        return run

    sides = {"copier --version": lambda: processor_time([*COPIER, "--version"], tmp_path)}
    sides |= {name: copy(source) for name, source in templates(tmp_path).items()}
    for path in os.environ.get("COPIER_TEMPLATES", "").split(os.pathsep):
        if path:
            options = shlex.split(os.environ.get("COPIER_OPTIONS", ""))
            sides[Path(path).name] = copy(Path(path).resolve(), "--skip-tasks", *options)
    compare("copier", {"command": "copier copy --defaults"}, sides, base="no logic")


def bench_update(tmp_path: Path, compare: Compare) -> None:
    sides = {}
    for name, source in templates(tmp_path).items():
        project = tmp_path / f"project-{name}"
        copy = [*COPIER, "copy", "--defaults", "--quiet", str(source), str(project)]
        processor_time(copy, tmp_path)
        repositories.commit(project)

        def update(project: Path = project) -> float:
            return processor_time([*COPIER, "update", "--defaults", "--quiet"], project)

        sides[name] = update
    compare("copier", {"command": "copier update --defaults"}, sides, base="no logic")
