"""The rules that keep updates clean (CONTRIBUTING.md), against this repository's own history."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import copier
import pytest
import yaml
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from jinja2 import Environment
from packaging.version import Version
from pathspec import GitIgnoreSpec

from support import template
from support.databases import missing
from support.repositories import files, git

TODAY = ""  # the work tree, in the place of a commit

# Between them they give every file of the template.
ANSWERS: list[dict[str, str]] = [
    {},
    {"project": "existing", "driver": "postgresql+psycopg"},
    {"mode": "async", "driver": "postgresql+asyncpg", "placement": "root"},
    {"driver": "mysql+pymysql", "layout": "flat", "config": "pyproject.toml"},
    {"driver": "mssql+pyodbc", "directory": "alembic"},
    {"project": "existing", "driver": "oracle+oracledb", "placement": "root"},
]
COMPOSE = {"deployment": "compose"}  # no default, so not for the rule on defaults


# --- The history ----------------------------------------------------------------------------


def commits() -> list[str]:
    """Return every commit that changed copier.yml, oldest first, and the work tree."""
    command = ["git", "rev-parse", "--is-shallow-repository"]
    root = template.ROOT
    shallow = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if shallow.stdout != "false\n":
        missing("this repository's history: clone it with git, and without --depth")
    log = git(root, "log", "--reverse", "--format=%H", "--", "copier.yml")
    return [*log.split(), TODAY]


def releases() -> list[str]:
    """Return the releases, oldest first."""
    return sorted(git(template.ROOT, "tag", "--merged").split(), key=Version)


def last_release() -> str:
    """Return the last release, or before the first one the commit that wrote down the rules."""
    commits()
    written = git(template.ROOT, "log", "--format=%H", "--", "tests/test_rules.py").split()
    return [*(written[-1:] or ["HEAD"]), *releases()][-1]


def text_of(commit: str, path: str) -> str:
    """Return a file as a commit has it."""
    if commit == TODAY:
        return (template.ROOT / path).read_text()
    return git(template.ROOT, "show", f"{commit}:{path}")


Folders = Callable[[str], Path]


@pytest.fixture(scope="session")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """Return a function that gives a folder with the template as a commit has it."""

    def folder_of(commit: str) -> Path:
        folder = tmp_path_factory.getbasetemp() / f"template-{commit or 'today'}"
        if folder.exists():
            return folder
        folder.mkdir()
        if commit == TODAY:
            template.copy_to(folder)
        else:
            archive = folder.with_suffix(".zip")
            parts = ["copier.yml", *template.PARTS]
            git(template.ROOT, "archive", f"--output={archive}", commit, "--", *parts)
            shutil.unpack_archive(archive, folder)
        return folder

    return folder_of


def render(folder: Path, destination: Path, answers: dict[str, str], **options: Any) -> None:
    """Render the template in a folder."""
    data = {"package": "my_app", **answers}
    copier.run_copy(str(folder), destination, data=data, defaults=True, quiet=True, **options)


def database_of(answers: dict[str, str]) -> str:
    """Return the value of `database` that copier.yml computes."""
    return answers.get("driver", "sqlite+pysqlite").split("+")[0].replace("mariadb", "mysql")


def rendered(folder: Path, destination: Path, answers: dict[str, str]) -> dict[str, str]:
    """Return the files that the template in a folder renders, but for the record of answers."""
    render(folder, destination, answers)
    contents = files(destination)
    del contents[".copier-answers.yml"]
    return contents


# --- Questions ------------------------------------------------------------------------------


def asked(commit: str) -> dict[str, dict[str, Any]]:
    """Return the questions of a commit that a user is asked."""
    loaded = yaml.safe_load(text_of(commit, "copier.yml"))
    assert isinstance(loaded, dict)
    return {
        name: question
        for name, question in loaded.items()
        if not name.startswith("_") and question.get("when") is not False
    }


def choices(question: dict[str, Any], **answers: str) -> set[str]:
    """Return the values that a question offers after these answers; free text offers none."""
    offered = question.get("choices", [])
    if isinstance(offered, str):
        environment = Environment(trim_blocks=True, lstrip_blocks=True)  # noqa: S701 # no HTML
        offered = yaml.safe_load(environment.from_string(offered).render(answers))
    values = offered.values() if isinstance(offered, dict) else offered
    plain = [value["value"] if isinstance(value, dict) else value for value in values]
    return {value[1] if isinstance(value, list) else value for value in plain}


def public(questions: dict[str, dict[str, Any]]) -> set[tuple[str, ...]]:
    """Return the names of the questions, and the values that each offers in each situation."""
    situations = [
        {"project": project, "mode": mode}
        for project, mode in itertools.product(("new", "existing"), ("sync", "async"))
    ]
    return {(name,) for name in questions} | {
        (name, value, *situation.values())
        for situation in situations
        for name, question in questions.items()
        for value in choices(question, **situation)
    }


def test_questions_and_choices_are_never_removed_or_renamed() -> None:
    today = public(asked(TODAY))
    for commit in commits():
        assert public(asked(commit)) - today == set(), commit


def test_removed_question_and_choice_are_found() -> None:
    questions = asked(TODAY)
    before = public(questions)
    del questions["layout"]
    questions["driver"]["choices"] = questions["driver"]["choices"].replace("pg8000", "pg8001")
    removed = {name for name, *_ in before - public(questions)}
    assert removed == {"layout", "driver"}


def test_new_question_s_default_renders_what_was_rendered_before(
    folder_of: Folders, tmp_path: Path
) -> None:
    _, *later = commits()
    for commit in later:
        before = f"{commit}^" if commit else "HEAD"
        if asked(commit).keys() <= asked(before).keys():
            continue
        for turn, answers in enumerate(ANSWERS):
            old, new = (
                rendered(folder_of(each), tmp_path / f"{turn}-{each}", answers)
                for each in (before, commit)
            )
            changed = sorted(name for name in old.keys() | new if old.get(name) != new.get(name))
            assert not changed, f"{commit or 'the work tree'} has a new question: {changed}"


IDENTIFIER = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,39}", fullmatch=True)
DOTTED = st.lists(IDENTIFIER, min_size=1, max_size=3).map(".".join)


# Without Phase.shrink: a render takes a fifth of a second.
@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    answers=st.one_of(
        st.fixed_dictionaries({"package": IDENTIFIER, "directory": IDENTIFIER}),
        st.fixed_dictionaries(
            {
                "project": st.just("existing"),
                "metadata": st.tuples(DOTTED, DOTTED).map(":".join),
            }
        ),
    )
)
@example({"package": "a" * 40, "directory": "Z_9"})
@example({"package": "_a", "directory": "_"})
def test_validators_are_never_tightened(
    folder_of: Folders, tmp_path_factory: pytest.TempPathFactory, answers: dict[str, str]
) -> None:
    def is_valid(commit: str) -> bool:
        nowhere = tmp_path_factory.getbasetemp() / "nowhere"
        try:
            render(folder_of(commit), nowhere, answers, pretend=True)
        except ValueError:
            return False
        return True

    assert is_valid(TODAY) or not is_valid(last_release())


def test_every_free_text_has_a_validator() -> None:
    free = [question for question in asked(TODAY).values() if "choices" not in question]
    assert free
    assert all("validator" in question for question in free)


# --- Files ----------------------------------------------------------------------------------


def test_files_are_never_removed_but_after_a_release_that_says_so(
    folder_of: Folders, tmp_path: Path
) -> None:
    release = last_release()
    section = text_of(release, "CHANGELOG.md").partition("### Deprecated\n")[2].partition("\n#")[0]
    for turn, answers in enumerate(ANSWERS):
        before = rendered(folder_of(release), tmp_path / f"before-{turn}", answers)
        after = rendered(folder_of(TODAY), tmp_path / f"after-{turn}", answers)
        for name in before.keys() - after:
            assert f"`{Path(name).name}`" in section, name


RENDERED_AGAIN = re.compile(
    r"(?:Rendered|rendered) [^.]*again by\s+(?:each|every)\s+`copier update`"
)


@pytest.mark.parametrize("answers", [*ANSWERS, COMPOSE], ids=str)
def test_every_file_is_the_user_s_or_says_that_it_is_rendered_again(
    answers: dict[str, str], folder_of: Folders, tmp_path: Path
) -> None:
    users = GitIgnoreSpec.from_lines(template.configuration()["_skip_if_exists"])
    for name, text in rendered(folder_of(TODAY), tmp_path, answers).items():
        where = text if name.endswith("README.md") else "".join(text.splitlines(keepends=True)[:2])
        assert users.match_file(name) != bool(RENDERED_AGAIN.search(where)), name


@pytest.mark.parametrize("answers", [*ANSWERS, COMPOSE], ids=str)
def test_an_update_brings_nothing_back_that_only_starts_a_project(
    answers: dict[str, str], folder_of: Folders, tmp_path: Path
) -> None:
    environment = Environment(trim_blocks=True, lstrip_blocks=True)  # noqa: S701 # no HTML
    patterns = "\n".join(
        environment.from_string(pattern).render(
            _copier_operation="update", database=database_of(answers), tenants="none"
        )
        for pattern in template.configuration()["_exclude"]
    )
    excluded = GitIgnoreSpec.from_lines(patterns.splitlines())
    config = {"config": "alembic.ini"}
    new, existing = (
        rendered(folder_of(TODAY), tmp_path / project, answers | config | {"project": project})
        for project in ("new", "existing")
    )
    # With the first revision, .gitkeep has done what it is for.
    starts = new.keys() - existing | {name for name in new if name.endswith("/.gitkeep")}
    assert {name for name in new if excluded.match_file(name)} == starts


# --- Releases -------------------------------------------------------------------------------

KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_changelog_has_a_section_for_each_release_newest_first() -> None:
    commits()
    headings = re.findall(r"^## (.*)$", text_of(TODAY, "CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    for heading in headings[1:]:
        assert re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", heading)
    versions = [re.findall(r"\[(.*)\]", heading)[0] for heading in headings[1:]]
    assert versions == sorted(versions, key=Version, reverse=True)
    assert set(releases()) <= set(versions)


def test_changelog_has_the_kinds_of_changes_that_keep_a_changelog_has() -> None:
    headings = re.findall(r"^### (.*)$", text_of(TODAY, "CHANGELOG.md"), re.MULTILINE)
    assert headings
    assert set(headings) <= KINDS
