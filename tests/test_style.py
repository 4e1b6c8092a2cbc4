"""Rendered files are formatted, linted, typed, and hold nothing that their answers don't need."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from support import template
from support.migrations import Project, new_project

# Not COM (the formatter's), CPY, EM and TRY003 (messages read best where they are raised), and
# INP (an __init__.py may not stand in a directory called alembic).
RULES = (
    "A,ANN,ARG,ASYNC,B,BLE,C4,C90,D,DTZ,E,ERA,F,FA,FBT,FLY,FURB,I,ICN,ISC,LOG,N,PERF,PGH,PIE,PL,"
    "PT,PTH,PYI,Q,RET,RSE,RUF,S,SIM,SLF,SLOT,T10,T20,TD,TID,TRY,UP,W,YTT"
)
# The first line of a revision is the user's own message, without a full stop (D400, D415). S603 is
# of squawk: a `noqa` would be one too many for ruff's default rules. S608 is of quoted names,
# PLR0913 of the arguments of an operation, SLF001 of SQLAlchemy's inside, C901 of listeners that
# share what they know.
IGNORED = "ANN401,C901,D203,D213,D400,D415,PLR0913,S603,S608,SLF001,TRY003"


# As autogenerate and the page about it write it.
BACKFILL = """\
from alembic import op

op.backfill("customer", {"phone": ""}, where="phone IS NULL")  # type: ignore[attr-defined]
"""


def run(program: str, *arguments: str, cwd: Path) -> None:
    """Run a program that is beside Python's and fail with what it prints."""
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def mypy_strict(project: Path) -> None:
    """Run mypy with what it knows of SQLAlchemy, which stays for the next run: it takes longest."""
    known = template.ROOT / ".venv" / "mypy"
    with FileLock(f"{known}.lock"):
        run("mypy", "--strict", f"--cache-dir={known}", ".", cwd=project)


STARTERS = [
    (mode, driver, models)
    for mode, driver in (("sync", "sqlite+pysqlite"), ("async", "sqlite+aiosqlite"))
    for models in template.choices("models")[1:]
]


TENANTS = [
    ("sync", "postgresql+psycopg", "declarative", "schemas"),
    ("async", "postgresql+asyncpg", "declarative", "schemas"),
    ("async", "postgresql+asyncpg", "declarative", "databases"),
    ("sync", "mysql+pymysql", "declarative", "databases"),
    ("sync", "sqlite+pysqlite", "declarative", "databases"),
]


@pytest.fixture(
    scope="session",
    params=[
        *((*pair, "declarative", "none") for pair in template.MODES_AND_DRIVERS),
        *((*starter, "none") for starter in STARTERS),
        *TENANTS,
    ],
    ids="-".join,
)
def rendered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Render a project for each driver, with its first revision; the other answers vary."""
    mode, driver, models, tenants = request.param
    turn = template.MODES_AND_DRIVERS.index((mode, driver))
    layouts, placements = template.choices("layout"), template.choices("placement")
    folder = tmp_path_factory.mktemp("rendered")
    project = new_project(
        folder,
        mode=mode,
        driver=driver,
        layout=layouts[turn % 2],
        placement=placements[turn // 2 % 2],
        directory=template.DIRECTORIES[turn % 3],
        config=template.choices("config", project="new")[turn // 4 % 2],
        models=models,
        deployment="compose",
        tenants=tenants,
    )
    if tenants != "none":  # their first revision needs their own server
        return project
    # SQLite serves for a revision of every driver's project.
    sqlite = "sqlite+aiosqlite" if mode == "async" else "sqlite+pysqlite"
    project.configured_url = f"{sqlite}:///{folder / 'style.db'}"
    project.autogenerate("create tables")
    return project


@pytest.fixture
def project(rendered: Project, tmp_path: Path) -> Project:
    """Copy the project: a test may change it."""
    shutil.copytree(rendered.path, tmp_path / "my-app")
    return replace(rendered, path=tmp_path / "my-app")


def show_to_ruff(project: Project) -> None:
    """Remove the lines that keep users' formatters and linters off the template's files."""
    for path in project.migrations.rglob("*.py"):
        path.write_text(path.read_text().replace("# fmt: off\n# ruff: noqa\n", ""))


def test_is_formatted_as_ruff_does_by_default(project: Project) -> None:
    show_to_ruff(project)
    run("ruff", "format", "--check", "--no-cache", ".", cwd=project.path)


def test_passes_ruff_with_its_default_rules(project: Project) -> None:
    run("ruff", "check", "--no-cache", ".", cwd=project.path)
    show_to_ruff(project)
    run("ruff", "check", "--no-cache", ".", cwd=project.path)


def test_passes_ruff_with_a_broad_rule_set(project: Project) -> None:
    show_to_ruff(project)
    select, ignore = f"--select={RULES}", f"--ignore={IGNORED}"
    tests = "--per-file-ignores=tests/*:S101"
    run("ruff", "check", "--no-cache", select, ignore, tests, ".", cwd=project.path)


def test_passes_mypy_strict(project: Project) -> None:
    (project.migrations / "versions" / "filled.py").write_text(BACKFILL)
    mypy_strict(project.path)


def test_leaves_no_jinja_behind(project: Project) -> None:
    for path in project.files:
        assert not re.search(r"\{\{|\{%|\{#|\.jinja", path.name + path.read_text()), path


def test_leaves_no_blank_lines_at_a_file_s_ends(project: Project) -> None:
    for path in project.files:
        text = path.read_text()
        assert not text or text == text.strip("\n") + "\n", path


def test_configuration_is_ascii_and_names_no_database(project: Project) -> None:
    for name in ("alembic.ini", "pyproject.toml"):
        path = project.path / name
        if path.exists():
            assert path.read_bytes().isascii()
            assert "://" not in path.read_text()


def test_template_files_say_that_they_are_rendered_again(project: Project) -> None:
    users = {project.migrations / "hooks.py", *project.revisions}
    python = set(project.migrations.rglob("*.py")) - users
    ini = [project.path / "alembic.ini"] if project.answers["config"] == "alembic.ini" else []
    for path in (*python, *ini):
        first, *others = path.read_text().splitlines()
        assert "Rendered by copier-alembic" in first
        assert path in ini or others[:2] == ["# fmt: off", "# ruff: noqa"]
    names = {path.relative_to(project.migrations).as_posix() for path in python}
    assert {"env.py", "database.py", "autogenerate.py", "comparison/__init__.py"} <= names


@pytest.mark.parametrize(("mode", "driver"), template.MODES_AND_DRIVERS, ids=str)
def test_env_py_and_database_py_depend_on_mode_and_driver_alone(
    mode: str, driver: str, tmp_path: Path
) -> None:
    def env(number: int, **answers: str) -> str:
        answers |= {"mode": mode, "driver": driver}
        project = new_project(tmp_path / str(number), None, **answers)
        return "".join(
            (project.migrations / f"{file}.py").read_text() for file in ("env", "database")
        )

    assert env(1) == env(
        2,
        project="existing",
        package="other",
        layout="flat",
        directory="alembic",
        placement="root",
        metadata="other.base:metadata",
    )
