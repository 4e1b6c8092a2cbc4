"""copier.yml and the lists behind it hold nothing misspelt, out of order or out of date."""

from __future__ import annotations

import dataclasses
import keyword
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from copier._user_data import Question
from jinja2 import Environment, FileSystemLoader

from support import template
from support.interpreters import interpreter
from support.migrations import new_project

CONFIGURATION = template.configuration()
ASKED = template.questions()
COMPUTED = {
    name: question
    for name, question in CONFIGURATION.items()
    if not name.startswith("_") and name not in ASKED
}
TEMPLATE_FILES = sorted(
    path.relative_to(template.ROOT / "template")
    for path in (template.ROOT / "template").rglob("*")
    if "__pycache__" not in path.parts
)

# --- Keys: Copier ignores one that it does not know -----------------------------------------

# https://copier.readthedocs.io/en/stable/configuring/#available-settings, without those that it
# says are not supported in copier.yml.
SETTINGS = frozenset(
    {
        "_answers_file",
        "_envops",
        "_exclude",
        "_external_data",
        "_jinja_extensions",
        "_message_after_copy",
        "_message_after_update",
        "_message_before_copy",
        "_message_before_update",
        "_migrations",
        "_min_copier_version",
        "_preserve_symlinks",
        "_secret_questions",
        "_skip_if_exists",
        "_subdirectory",
        "_tasks",
        "_templates_suffix",
    }
)
FILLED_BY_COPIER = {"var_name", "answers", "context", "jinja_env", "settings"}
QUESTION_KEYS = {field.name for field in dataclasses.fields(Question)} - FILLED_BY_COPIER


def unknown_keys(configuration: dict[str, Any]) -> set[str]:
    """Return the settings and the questions' keys that Copier does not know."""
    settings = {name for name in configuration if name.startswith("_")}
    keys = {
        f"{name}.{key}"
        for name, question in configuration.items()
        if name not in settings
        for key in question.keys() - QUESTION_KEYS
    }
    return (settings - SETTINGS) | keys


def test_every_key_is_known_to_copier() -> None:
    assert unknown_keys(CONFIGURATION) == set()


def test_a_misspelt_key_is_found() -> None:
    broken = CONFIGURATION | {"mode": {"typr": "str", "help": "Plain or asyncio?"}}
    assert unknown_keys(broken) == {"mode.typr"}


def test_a_misspelt_setting_is_found() -> None:
    assert unknown_keys(CONFIGURATION | {"_subdirctory": "template"}) == {"_subdirctory"}


def test_no_trust_is_needed() -> None:
    assert CONFIGURATION.keys().isdisjoint({"_tasks", "_migrations", "_jinja_extensions"})


def test_files_of_the_user_are_literal_patterns() -> None:
    assert not [pattern for pattern in CONFIGURATION["_skip_if_exists"] if "{{" in pattern]


# --- Questions ------------------------------------------------------------------------------

KEY_ORDER = ["type", "help", "choices", "default", "validator", "when"]

# The first of each is the default. Those that were not run against a server come last.
DRIVERS = {
    "sync": [
        "sqlite+pysqlite",
        "postgresql+psycopg",
        "postgresql+psycopg2",
        "postgresql+pg8000",
        "mysql+pymysql",
        "mysql+mysqldb",
        "mysql+mysqlconnector",
        "mariadb+mariadbconnector",
        "mssql+pyodbc",
        "oracle+oracledb",
    ],
    "async": [
        "sqlite+aiosqlite",
        "postgresql+asyncpg",
        "postgresql+psycopg",
        "mysql+aiomysql",
        "mysql+asyncmy",
        "mssql+aioodbc",
        "oracle+oracledb_async",
    ],
}
NOT_TESTED = ["mssql+pyodbc", "oracle+oracledb", "mssql+aioodbc", "oracle+oracledb_async"]
MODES_AND_DRIVERS = [(mode, driver) for mode, drivers in DRIVERS.items() for driver in drivers]


def test_the_questions_are_those_of_the_design() -> None:
    assert list(ASKED) == [
        "project",
        "package",
        "layout",
        "mode",
        "driver",
        "directory",
        "placement",
        "config",
        "models",
        "metadata",
        "tenants",
        "ci",
        "deployment",
    ]


@pytest.mark.parametrize("question", [*ASKED, *COMPUTED])
def test_keys_of_a_question_are_in_order(question: str) -> None:
    keys = CONFIGURATION[question].keys()
    assert list(keys) == [key for key in KEY_ORDER if key in keys]


@pytest.mark.parametrize("question", ASKED)
def test_question_has_a_type_a_help_and_a_default(question: str) -> None:
    assert ASKED[question].keys() >= {"type", "help", "default"}


@pytest.mark.parametrize("question", ASKED)
def test_help_ends_with_whether_the_answer_can_be_changed_later(question: str) -> None:
    last_line = ASKED[question]["help"].splitlines()[-1]
    assert re.search(r"\b(later|when the project starts)\b", last_line)


@pytest.mark.parametrize("question", ASKED)
def test_help_fits_into_a_terminal_of_80_columns(question: str) -> None:
    assert max(map(len, ASKED[question]["help"].splitlines())) <= 77


@pytest.mark.parametrize("question", ASKED)
def test_choices_are_validated_in_the_form_too(question: str) -> None:
    # Copier's form runs the validator of free text and of a choice, not one beside choices.
    assert not ASKED[question].keys() >= {"choices", "validator"}


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("project", {}),
        ("layout", {}),
        ("mode", {}),
        ("driver", {"mode": "sync"}),
        ("driver", {"mode": "async"}),
        ("placement", {}),
        ("config", {"project": "new"}),
        ("config", {"project": "existing"}),
        ("models", {}),
        ("tenants", {"driver": "postgresql+psycopg"}),
        ("ci", {}),
        ("deployment", {}),
    ],
)
def test_default_is_the_first_choice(
    question: str, answers: dict[str, str], tmp_path: Path
) -> None:
    template.render(tmp_path, **answers)
    given = yaml.safe_load((tmp_path / ".copier-answers.yml").read_text())
    assert given[question] == template.choices(question, **answers)[0]


def test_computed_values_come_last() -> None:
    assert [name for name in CONFIGURATION if not name.startswith("_")] == [*ASKED, *COMPUTED]


@pytest.mark.parametrize("question", COMPUTED)
def test_computed_value_is_never_asked(question: str) -> None:
    assert COMPUTED[question]["when"] is False


@pytest.mark.parametrize("mode", DRIVERS)
def test_drivers_of_a_mode_are_those_of_the_design(mode: str) -> None:
    assert template.choices("driver", mode=mode) == DRIVERS[mode]


def test_drivers_that_were_not_run_against_a_server_say_so() -> None:
    labelled = r"\[(\S+) \(not tested against a server\), \1\]"
    assert re.findall(labelled, ASKED["driver"]["choices"]) == NOT_TESTED


# --- Requirements ---------------------------------------------------------------------------


def test_every_driver_has_requirements_and_no_other() -> None:
    entries = re.findall(r'"(\w+\+\w+)":', COMPUTED["requirements"]["default"])
    assert sorted(entries) == sorted({driver for _, driver in MODES_AND_DRIVERS})


@pytest.mark.parametrize(("mode", "driver"), MODES_AND_DRIVERS)
def test_package_can_not_have_the_name_of_a_requirement(
    mode: str, driver: str, tmp_path: Path
) -> None:
    project = new_project(tmp_path, mode=mode, driver=driver, models="sqlmodel")
    pyproject = tomllib.loads((project.path / "pyproject.toml").read_text())
    requirements = [
        *pyproject["project"]["dependencies"],
        *pyproject["dependency-groups"]["dev"],
        *pyproject["build-system"]["requires"],
    ]
    distributions = {re.split(r"[^\w-]", requirement)[0] for requirement in requirements}
    assert {name.replace("-", "_") for name in distributions} <= names("dependencies")


IMPORTS = """
import sys, sysconfig

at_the_start = set(sys.modules)
import alembic.config
from sqlalchemy import make_url
from sqlalchemy.ext import asyncio
import sqlmodel

for driver in sys.argv[1:]:
    try:
        make_url(f"{driver}://").get_dialect().import_dbapi()
    except ImportError:
        continue  # not installed here
for name in sys.modules.keys() - at_the_start:
    file = getattr(sys.modules[name], "__file__", None)
    if file and file.startswith(sysconfig.get_path("purelib")):
        print(name.split(".")[0].lower())
"""


def test_package_can_not_have_the_name_of_a_module_that_a_project_imports() -> None:
    command = [sys.executable, "-W", "ignore", "-c", IMPORTS]
    drivers = [driver for _, driver in MODES_AND_DRIVERS]
    imported = subprocess.check_output([*command, *drivers], text=True).split()
    assert (
        {"alembic", "sqlalchemy", "sqlmodel", "psycopg"} <= set(imported) <= names("dependencies")
    )


# --- Names ----------------------------------------------------------------------------------

# Of the names in macros/names.jinja, those that not every Python has.
ADDED = {
    "3.11": "_tokenize _typing tomllib",
    "3.12": "_pydatetime _pylong _sha2",
    "3.13": """
        _android_support _colorize _interpchannels _interpqueues _interpreters _ios_support
        _opcode_metadata _pyrepl _suggestions _sysconfig _wmi
    """,
    "3.14": """
        _apple_support _ast_unparse _hmac _py_warnings _remote_debugging _types _zstd
        annotationlib compression
    """,
}
REMOVED = {
    "3.11": "binhex",
    "3.12": "_bootsubprocess _sha256 _sha512 asynchat asyncore distutils imp smtpd",
    "3.13": """
        _crypt _msi aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib
        ossaudiodev pipes sndhdr spwd sunau telnetlib uu xdrlib
    """,
    "3.14": "_compression",
}


@cache
def names(which: str) -> frozenset[str]:
    """Return a list of macros/names.jinja."""
    environment = Environment(  # noqa: S701 # no HTML
        loader=FileSystemLoader(template.ROOT),
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
    )
    return frozenset(getattr(environment.get_template("macros/names.jinja").module, which))


def standard_library(version: str) -> set[str]:
    """Return the modules of that Python, or skip the test if it is not installed."""
    python = interpreter(version)
    if not python:
        pytest.skip(f"no Python {version} is on the PATH, in pyenv or in .venv/debian")
    code = "import sys; print(*sys.stdlib_module_names)"
    return set(subprocess.check_output([python, "-c", code], text=True).split())


def test_standard_library_has_every_module_of_this_python() -> None:
    assert sys.stdlib_module_names <= names("standard_library")


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13", "3.14"])
def test_standard_library_has_every_module_of_other_pythons(version: str) -> None:
    assert standard_library(version) <= names("standard_library")


def test_standard_library_has_no_other_module() -> None:
    elsewhere = " ".join([*ADDED.values(), *REMOVED.values()]).split()
    assert names("standard_library") <= {*sys.stdlib_module_names, *elsewhere}


def test_keywords_are_those_of_python() -> None:
    assert names("keywords") == set(keyword.kwlist)


def test_devices_are_those_of_windows() -> None:
    ports = {f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)}
    assert names("devices") == {"con", "prn", "aux", "nul"} | ports


# --- Files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("placement", template.choices("placement"))
def test_migrations_directory_is_no_package(placement: str, tmp_path: Path) -> None:
    # An alembic/__init__.py would break `import alembic`.
    project = new_project(tmp_path, placement=placement, directory="alembic")
    assert not list(project.migrations.glob("__init__.py"))


@pytest.mark.parametrize("path", TEMPLATE_FILES, ids=str)
def test_file_name_is_allowed_on_windows(path: Path) -> None:
    assert not set('<>:"|?*\\') & set(str(path))
    assert not [part for part in path.parts if part.endswith((".", " "))]
