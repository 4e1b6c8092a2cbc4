"""A bad answer is refused in words that help, and an unusual one that is fine works."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import copier
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support import processes, repositories, template
from support.databases import database, table_names
from support.migrations import Project, new_project

# --- Bad answers ----------------------------------------------------------------------------

IDENTIFIER = "must be a Python identifier: ASCII letters, digits and underscores"
KEYWORD = "a keyword of Python"
UNDERSCORES = "must not start with two underscores"
LONG = "must have at most 40 characters"
DEVICE = "Windows has no such file name"
STANDARD_LIBRARY = "it would hide Python's own module"
LIBRARY = "it would hide a library that the project needs"
FOLDER = "the project has a folder of that name"
TAKEN = "that name is taken in the project"
METADATA = "must be written as module:object, for example my_app.models:Base.metadata"
COMPUTED = "It is computed from the other answers: leave it out."

# For the package and for the directory.
BAD_NAMES = [
    ("", IDENTIFIER),
    (" ", IDENTIFIER),
    ("my app", IDENTIFIER),
    ("my_app ", IDENTIFIER),
    ("my_app\n", IDENTIFIER),
    ("my\napp", IDENTIFIER),
    ("my_app\r", IDENTIFIER),
    ("my_app\0", IDENTIFIER),
    ("my\u2028app", IDENTIFIER),
    ("my'app", IDENTIFIER),
    ('my"app', IDENTIFIER),
    ('"""', IDENTIFIER),
    ("my-app", IDENTIFIER),
    ("my.app", IDENTIFIER),
    ("my/app", IDENTIFIER),
    ("my\\app", IDENTIFIER),
    ("/etc", IDENTIFIER),
    ("..", IDENTIFIER),
    ("../my_app", IDENTIFIER),
    (".", IDENTIFIER),
    (".git", IDENTIFIER),
    ("~", IDENTIFIER),
    ("$HOME", IDENTIFIER),
    ("%(here)s", IDENTIFIER),
    ("{{ 7*7 }}", IDENTIFIER),
    ("{% raw %}", IDENTIFIER),
    ("{# note #}", IDENTIFIER),
    ("2nd", IDENTIFIER),
    ("42", IDENTIFIER),
    ("ünïcode", IDENTIFIER),
    ("ﬁle", IDENTIFIER),
    ("名前", IDENTIFIER),
    (42, IDENTIFIER),
    ("class", f"must not be class, {KEYWORD}"),
    ("lambda", f"must not be lambda, {KEYWORD}"),
    ("None", f"must not be None, {KEYWORD}"),
    ("True", f"must not be True, {KEYWORD}"),
    (True, f"must not be True, {KEYWORD}"),
    ("__init__", UNDERSCORES),
    ("__pycache__", UNDERSCORES),
    ("__x", UNDERSCORES),
    ("x" * 41, LONG),
    ("con", f"must not be con, {DEVICE}"),
    ("NUL", f"must not be NUL, {DEVICE}"),
    ("Com1", f"must not be Com1, {DEVICE}"),
    (None, 'Invalid answer "None"'),
    (["my_app"], "Could not convert ['my_app'] to string"),
    ({"my_app": 1}, "Could not convert {'my_app': 1} to string"),
]

BAD_PACKAGES = [
    ("json", f"must not be called json: {STANDARD_LIBRARY}"),
    ("JSON", f"must not be called JSON: {STANDARD_LIBRARY}"),
    ("tomllib", f"must not be called tomllib: {STANDARD_LIBRARY}"),
    ("distutils", f"must not be called distutils: {STANDARD_LIBRARY}"),
    ("cprofile", f"must not be called cprofile: {STANDARD_LIBRARY}"),
    ("_io", f"must not be called _io: {STANDARD_LIBRARY}"),
    ("_thread", f"must not be called _thread: {STANDARD_LIBRARY}"),
    ("alembic", f"must not be called alembic: {LIBRARY}"),
    ("Alembic", f"must not be called Alembic: {LIBRARY}"),
    ("sqlalchemy", f"must not be called sqlalchemy: {LIBRARY}"),
    ("greenlet", f"must not be called greenlet: {LIBRARY}"),
    ("psycopg", f"must not be called psycopg: {LIBRARY}"),
    ("MySQLdb", f"must not be called MySQLdb: {LIBRARY}"),
    ("mysqlclient", f"must not be called mysqlclient: {LIBRARY}"),
    ("dateutil", f"must not be called dateutil: {LIBRARY}"),
    ("ruff", f"must not be called ruff: {LIBRARY}"),
    ("pytest", f"must not be called pytest: {LIBRARY}"),
    ("SQLModel", f"must not be called SQLModel: {LIBRARY}"),
    ("pydantic", f"must not be called pydantic: {LIBRARY}"),
    ("tests", f"must not be called tests: {FOLDER}"),
    ("src", f"must not be called src: {FOLDER}"),
    ("Src", f"must not be called Src: {FOLDER}"),
    ("dist", f"must not be called dist: {FOLDER}"),
]

BAD_DIRECTORIES = [
    ("models", f"must not be called models: {TAKEN}"),
    ("Models", f"must not be called Models: {TAKEN}"),
    ("db", f"must not be called db: {TAKEN}"),
    ("tests", f"must not be called tests: {TAKEN}"),
    ("src", f"must not be called src: {TAKEN}"),
    ("dist", f"must not be called dist: {TAKEN}"),
]

BAD_METADATA = [
    "",
    " ",
    "metadata",
    "my_app.models",
    "my_app:models:metadata",
    ":metadata",
    "my_app:",
    ":",
    "my app:metadata",
    "my_app: metadata",
    "my_app:metadata\n",
    "'my_app':metadata",
    'my_app:"metadata"',
    "my_app:metadata()",
    "my_app:tables[0]",
    "my_app:class",
    "my_app.import.models:metadata",
    "None:metadata",
    ".models:metadata",
    "my_app.:metadata",
    "my_app..models:metadata",
    "my_app:.metadata",
    "my_app:Base.",
    "my-app:metadata",
    "my_app/models:metadata",
    "my_app:2nd",
    "my_app:métadata",
    "{{ package }}:metadata",
]

BAD_CHOICES = [
    ("project", "adopt", "'adopt' is not in ['new', 'existing']"),
    ("project", "New", "'New' is not in ['new', 'existing']"),
    ("project", "", "'' is not in ['new', 'existing']"),
    ("project", None, 'Invalid answer "None"'),
    ("layout", "lib", "'lib' is not in ['src', 'flat']"),
    ("layout", "SRC", "'SRC' is not in ['src', 'flat']"),
    ("layout", "src/", "'src/' is not in ['src', 'flat']"),
    ("mode", "asyncio", "'asyncio' is not in ['sync', 'async']"),
    ("mode", "Async", "'Async' is not in ['sync', 'async']"),
    ("mode", True, "'True' is not in ['sync', 'async']"),
    ("driver", "postgresql", "'postgresql' is not in ['sqlite+pysqlite', "),
    ("driver", "PostgreSQL+psycopg", "'PostgreSQL+psycopg' is not in ['sqlite+pysqlite', "),
    ("driver", "postgresql+asyncpg", "'postgresql+asyncpg' is not in ['sqlite+pysqlite', "),
    ("driver", ["sqlite+pysqlite"], "Could not convert ['sqlite+pysqlite'] to string"),
    ("placement", "src", "'src' is not in ['package', 'root']"),
    ("placement", "Root", "'Root' is not in ['package', 'root']"),
    ("models", "orm", "'orm' is not in ['declarative', 'dataclass', 'sqlmodel']"),
    ("models", "SQLModel", "'SQLModel' is not in ['declarative', 'dataclass', 'sqlmodel']"),
    ("config", "setup.cfg", "'setup.cfg' is not in ['alembic.ini', 'pyproject.toml']"),
    ("config", "Alembic.ini", "'Alembic.ini' is not in ['alembic.ini', 'pyproject.toml']"),
    ("config", "/etc/alembic.ini", "'/etc/alembic.ini' is not in ['alembic.ini', "),
]

BAD_TOGETHER = [
    (
        {"mode": "async", "driver": "postgresql+psycopg2"},
        "'postgresql+psycopg2' is not in ['sqlite+aiosqlite', ",
    ),
    (
        {"mode": "async", "driver": "sqlite+pysqlite"},
        "'sqlite+pysqlite' is not in ['sqlite+aiosqlite', ",
    ),
    (
        {"layout": "flat", "package": "shop", "directory": "shop", "placement": "root"},
        "At the root, shop is the package itself: keep it inside the package or rename it.",
    ),
    (
        {"layout": "flat", "package": "shop", "directory": "Shop", "placement": "root"},
        "At the root, Shop is the package itself: keep it inside the package or rename it.",
    ),
]

BAD: list[tuple[dict[str, Any], str]] = [
    *(({"package": value}, says) for value, says in BAD_NAMES + BAD_PACKAGES),
    *(({"directory": value}, says) for value, says in BAD_NAMES + BAD_DIRECTORIES),
    *(({"project": "existing", "metadata": value}, METADATA) for value in BAD_METADATA),
    *(({question: value}, says) for question, value, says in BAD_CHOICES),
    *BAD_TOGETHER,
]

# One of each kind, for the command line, where every answer is text.
BAD_ON_THE_COMMAND_LINE = [
    ({"project": "adopt"}, "'adopt' is not in ['new', 'existing']"),
    ({"package": "my-app"}, f"The package's name {IDENTIFIER}"),
    ({"package": "../my_app"}, f"The package's name {IDENTIFIER}"),
    ({"package": "my_app\n"}, f"The package's name {IDENTIFIER}"),
    ({"package": "{{ 7*7 }}"}, f"The package's name {IDENTIFIER}"),
    ({"package": "class"}, f"The package's name must not be class, {KEYWORD}"),
    ({"package": "sqlalchemy"}, LIBRARY),
    ({"layout": "lib"}, "'lib' is not in ['src', 'flat']"),
    ({"mode": "Async"}, "'Async' is not in ['sync', 'async']"),
    ({"driver": "postgresql+asyncpg"}, "'postgresql+asyncpg' is not in ['sqlite+pysqlite', "),
    ({"directory": "/etc"}, f"The directory's name {IDENTIFIER}"),
    ({"placement": "src"}, "'src' is not in ['package', 'root']"),
    ({"config": "setup.cfg"}, "'setup.cfg' is not in ['alembic.ini', 'pyproject.toml']"),
    ({"models": "orm"}, "'orm' is not in ['declarative', 'dataclass', 'sqlmodel']"),
    ({"project": "existing", "metadata": "my_app"}, METADATA),
    ({"package_path": "lib/my_app"}, COMPUTED),
    *BAD_TOGETHER,
]

COMPUTED_ANSWERS = {
    "package_path": "lib/my_app",
    "migrations_path": "lib/migrations",
    "database": "postgresql",
    "requirements": ["alembic==1.0"],
}


def ids(cases: list[tuple[dict[str, Any], str]]) -> list[str]:
    """Return the answers as the tests' ids."""
    return [str(answers) for answers, _ in cases]


@pytest.mark.parametrize(("answers", "says"), BAD, ids=ids(BAD))
def test_bad_answer_is_refused_before_anything_is_rendered(
    answers: dict[str, Any], says: str, tmp_path: Path
) -> None:
    with pytest.raises((TypeError, ValueError), match=re.escape(says)):
        template.render(tmp_path / "my-app", **answers)
    assert not (tmp_path / "my-app").exists()


@pytest.mark.parametrize("question", COMPUTED_ANSWERS)
def test_computed_value_can_not_be_given(question: str, tmp_path: Path) -> None:
    data = {question: COMPUTED_ANSWERS[question]}
    with pytest.raises(ValueError, match=f"'{question}': {re.escape(COMPUTED)}"):
        copier.run_copy(
            str(repositories.released()), tmp_path / "my-app", data, defaults=True, quiet=True
        )
    assert not (tmp_path / "my-app").exists()


def copy_on_the_command_line(
    project: Path, answers: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run `copier copy` with these answers."""
    data = [f"--data={question}={value}" for question, value in answers.items()]
    command = ["copy", "--defaults", *data]
    return repositories.copier(*command, repositories.released(), project, cwd=project.parent)


@pytest.mark.parametrize(
    ("answers", "says"), BAD_ON_THE_COMMAND_LINE, ids=ids(BAD_ON_THE_COMMAND_LINE)
)
def test_command_line_says_what_is_wrong_and_renders_nothing(
    answers: dict[str, str], says: str, tmp_path: Path
) -> None:
    result = copy_on_the_command_line(tmp_path / "my-app", answers)
    assert result.returncode != 0
    assert says in result.stderr
    assert not (tmp_path / "my-app").exists()


@pytest.mark.parametrize(
    "answers",
    [answers for answers, _ in BAD_ON_THE_COMMAND_LINE],
    ids=ids(BAD_ON_THE_COMMAND_LINE),
)
def test_command_line_leaves_an_existing_folder_as_it_was(
    answers: dict[str, str], tmp_path: Path
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("mine")
    assert copy_on_the_command_line(tmp_path, answers).returncode != 0
    assert list(tmp_path.iterdir()) == [readme]
    assert readme.read_text() == "mine"


# --- Unusual answers that are fine ----------------------------------------------------------

UNUSUAL = [
    {"package": "a"},
    {"package": "_"},
    {"package": "_x"},
    {"package": "MyApp"},
    {"package": "a1b2c3"},
    {"package": "x" * 40},
    {"package": "match"},
    {"package": "type"},
    {"package": "case"},
    {"package": "self"},
    {"package": "test"},
    {"package": "versions"},
    {"package": "autogenerate"},
    {"package": "comparison"},
    {"package": "comparison", "layout": "flat"},
    {"package": "models"},
    {"package": "migrations"},
    {"package": "migrations", "layout": "flat"},
    {"package": "migrations", "placement": "root"},
    {"package": "env", "layout": "flat", "directory": "hooks", "placement": "root"},
    {"package": "hooks", "layout": "flat", "directory": "env", "placement": "root"},
    {"package": "models", "layout": "flat", "directory": "versions"},
    {"package": "db", "layout": "flat", "directory": "autogenerate", "placement": "root"},
    {"package": "readme", "layout": "flat", "config": "pyproject.toml"},
    {"directory": "_"},
    {"directory": "Migrations"},
    {"directory": "x" * 40},
    {"directory": "my_app"},
    {"directory": "my_app", "placement": "root"},
    {"directory": "versions"},
    {"directory": "env", "layout": "flat"},
    {"directory": "autogenerate"},
    {"directory": "comparison"},
    {"directory": "comparison", "placement": "root"},
    {"directory": "alembic"},
    {"directory": "alembic", "placement": "root"},
    {"directory": "alembic", "placement": "root", "layout": "flat"},
    {"directory": "Alembic", "placement": "root", "config": "pyproject.toml"},
    {"directory": "sqlalchemy", "placement": "root", "layout": "flat"},
    {"directory": "json", "placement": "root", "layout": "flat"},
]

FOLDERS = [
    ("with spaces", "alembic.ini"),
    ("with spaces", "pyproject.toml"),
    ("ünïcödé 東京", "alembic.ini"),
    ("ünïcödé 東京", "pyproject.toml"),
    ("it's", "alembic.ini"),
    ('double "quotes"', "pyproject.toml"),
    ("v1.2.x", "alembic.ini"),
    ("a;b,c", "alembic.ini"),
    ("#1 [x] *", "pyproject.toml"),
    ("$HOME", "alembic.ini"),
    ("~", "alembic.ini"),
    ("-x", "alembic.ini"),
    ("back\\slash", "pyproject.toml"),
    ("{{ 7*7 }}", "alembic.ini"),
    ("100%", "pyproject.toml"),  # with alembic.ini, Alembic itself fails
]

DEFAULT_PACKAGES = {
    "my-app": "my_app",
    "MyApp": "myapp",
    "My App 2.0!": "my_app_2_0",
    "2nd try": "app_2nd_try",
    "json": "json_app",
    "_io": "io_app",
    "alembic": "alembic_app",
    "mysqlclient": "mysqlclient_app",
    "class": "class_app",
    "con": "con_app",
    "dist": "dist_app",
    "tests": "tests_app",
    "None": "none",
    "__init__": "init",
    "--": "app",
    "東京": "app",
    "Ünïcode": "n_code",
    "x" * 60: "x" * 36,
    f"{'x' * 35}-y": "x" * 35,
}

# One process of its own for all: the package may have the name of one of the tests' modules.
COMMANDS = """
from alembic.config import main

main(["revision", "--autogenerate", "--message", "create tables"])
main(["upgrade", "head"])
main(["check"])
"""


def assert_migrates(project: Project) -> None:
    """Assert that a revision of the models is written, and makes their tables."""
    result = processes.run(("python", "-c", COMMANDS), project.path, project.environment())
    assert result.returncode == 0, result.stdout + result.stderr
    assert project.url
    assert table_names(project.url) == {"customer", "purchase"}


@pytest.mark.parametrize("answers", UNUSUAL, ids=template.name)
def test_unusual_answers_migrate(answers: dict[str, str], tmp_path: Path) -> None:
    with database("sqlite+pysqlite", tmp_path) as url:
        assert_migrates(new_project(tmp_path, url, **answers))


@pytest.mark.parametrize(("folder", "config"), FOLDERS)
def test_folder_may_have_any_name(folder: str, config: str, tmp_path: Path) -> None:
    with database("sqlite+pysqlite", tmp_path) as url:
        project = new_project(tmp_path, url, config=config)
        assert_migrates(Project(project.path.rename(tmp_path / folder), project.answers, url))


@pytest.mark.parametrize(("folder", "package"), DEFAULT_PACKAGES.items())
def test_default_package_comes_from_the_folder_s_name(
    folder: str, package: str, tmp_path: Path
) -> None:
    project = template.render(tmp_path / folder)
    assert [path.name for path in (project / "src").iterdir()] == [package]


@pytest.mark.parametrize("folder", ["2nd try", "json", "--", "Ünïcode", "alembic"])
def test_default_package_of_an_odd_folder_migrates(folder: str, tmp_path: Path) -> None:
    with database("sqlite+pysqlite", tmp_path) as url:
        assert_migrates(Project(template.render(tmp_path / folder), {}, url))


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ("a:b", "from a import b\n"),
        ("my_app.db:Base.metadata", "from my_app.db import Base\n"),
        ("my_app.__meta__:_Base.metadata", "from my_app.__meta__ import _Base\n"),
        (f"{'m' * 41}.{'n' * 41}:{'o' * 41}", f"from {'m' * 41}.{'n' * 41} import {'o' * 41}\n"),
        ("match.type:case", "from match.type import case\n"),
    ],
)
def test_metadata_may_be_any_object_of_a_module(
    metadata: str, expected: str, tmp_path: Path
) -> None:
    project = new_project(tmp_path, project="existing", metadata=metadata)
    assert expected in (project.migrations / "hooks.py").read_text()


# --- Any answers at all ---------------------------------------------------------------------


def mostly(good: st.SearchStrategy[str], bad: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return a strategy that draws a bad answer now and then, so that many drawn together pass."""
    return st.integers(0, 9).flatmap(lambda turn: good if turn else bad)


def choice(question: str, **answers: str) -> st.SearchStrategy[str]:
    """Return a strategy for a question with choices."""
    return mostly(st.sampled_from(template.choices(question, **answers)), text)


text = st.text(max_size=12)
identifiers = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,45}", fullmatch=True)
almost = st.builds(
    "{}{}{}".format, identifiers, st.sampled_from("- ./\\:'\"%{}()\n\0é"), identifiers
)
refused = st.sampled_from(["json", "Alembic", "psycopg", "class", "__x", "nul", "tests", "_io"])
names = mostly(identifiers, almost | refused | text)
some = settings(deadline=None, max_examples=30, derandomize="CI" in os.environ)


@some
@given(
    answers=st.fixed_dictionaries(
        {"package": names, "directory": names},
        optional={
            "layout": choice("layout"),
            "mode": choice("mode"),
            "placement": choice("placement"),
            "config": choice("config", project="new"),
            "models": choice("models"),
        },
    )
)
def test_any_answers_are_refused_or_migrate(answers: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder, database("sqlite+pysqlite", Path(folder)) as url:
        project = Path(folder, "my-app")
        try:
            template.render(project, **answers)
        except ValueError:
            assert not project.exists()
        else:
            assert_migrates(Project(project, answers, url))


@some
@given(metadata=st.builds("{}.{}:{}.{}".format, names, names, names, names) | text)
def test_any_metadata_is_refused_or_makes_valid_python(metadata: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            project = new_project(Path(folder), project="existing", metadata=metadata)
        except ValueError:
            assert not list(Path(folder).iterdir())
        else:
            hooks = project.migrations / "hooks.py"
            compile(hooks.read_bytes(), hooks, "exec")
