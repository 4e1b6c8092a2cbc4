"""The real command lines, copier's and alembic's, as a user types them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from support import template
from support.contents import EMPTY, contents
from support.databases import database, has_server, table_names
from support.migrations import new_project
from support.repositories import copier, released

TOOLS = (
    *("catalogue", "environment", "rebase", "rehearse", "scratch", "squash"),
    *("status", "which"),
)
WITH_SERVER = [pair for pair in template.MODES_AND_DRIVERS if has_server(pair[1])]


@pytest.mark.parametrize(("mode", "driver"), template.MODES_AND_DRIVERS, ids=str)
def test_copier_copy_needs_no_trust_and_ends_with_the_next_commands(
    mode: str, driver: str, tmp_path: Path
) -> None:
    answers = ["-d", f"mode={mode}", "-d", f"driver={driver}"]
    result = copier("copy", "--defaults", *answers, released(), "my-app", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    message = result.stderr.split("\n\nNext, ")[1]
    url = "" if "sqlite" in driver else f" with DATABASE_URL set to {driver}://user:password@"
    assert message.startswith("in my-app:" if not url else f"in my-app,{url}host/database:")
    assert [line.strip() for line in message.splitlines()[2:5]] == [
        "pip install --editable . --group dev    # pip 25.1 or newer",
        'alembic revision --autogenerate -m "create tables"',
        "alembic upgrade head",
    ]
    assert "_commit: 1.0.0" in (tmp_path / "my-app" / ".copier-answers.yml").read_text()


def test_existing_project_is_told_what_to_install(tmp_path: Path) -> None:
    answers = ["-d", "project=existing", "-d", "driver=postgresql+asyncpg", "-d", "mode=async"]
    result = copier("copy", "--defaults", *answers, released(), ".", cwd=tmp_path)
    assert (
        'pip install "alembic>=1.16.5,!=1.19.0,!=1.19.1" "sqlalchemy[asyncio]>=2.0.10" "asyncpg"'
        in result.stderr
    )


def test_existing_project_gets_the_migrations_alone(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("# mine\n")
    (tmp_path / "README.md").write_text("mine\n")
    answers = ["-d", "project=existing", "-d", "package=shop"]
    result = copier("copy", "--defaults", *answers, released(), ".", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    migrations = "src/shop/migrations"
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    rooms = {file for file in files if file.startswith(f"{migrations}/comparison/")}
    assert f"{migrations}/comparison/__init__.py" in rooms
    assert files - rooms == {
        "README.md",
        "pyproject.toml",
        "alembic.ini",
        ".copier-answers.yml",
        f"{migrations}/README.md",
        f"{migrations}/__main__.py",
        f"{migrations}/autogenerate.py",
        f"{migrations}/backfill.py",
        f"{migrations}/commands.py",
        f"{migrations}/contract.py",
        f"{migrations}/database.py",
        f"{migrations}/durations.py",
        f"{migrations}/env.py",
        f"{migrations}/heads.py",
        f"{migrations}/hooks.py",
        f"{migrations}/rebuild.py",
        f"{migrations}/replaced.py",
        f"{migrations}/script.py.mako",
        *(f"{migrations}/tools/{name}.py" for name in TOOLS),
        f"{migrations}/transactions.py",
        f"{migrations}/unknown.py",
        f"{migrations}/versions/.gitkeep",
    }
    assert (tmp_path / "README.md").read_text() == "mine\n"


def test_update_to_the_same_template_changes_nothing(tmp_path: Path) -> None:
    assert copier("copy", "--defaults", released(), ".", cwd=tmp_path).returncode == 0
    for command in ("init --quiet", "add --all", "commit --quiet --message Start"):
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
        subprocess.run(["git", *identity, *shlex.split(command)], cwd=tmp_path, check=True)
    result = copier("update", "--defaults", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=tmp_path, capture_output=True, check=True
    )
    assert status.stdout == b""


@pytest.mark.parametrize(("mode", "driver"), WITH_SERVER, ids=str)
def test_alembic_s_command_line_closes_the_circle(mode: str, driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, mode=mode, driver=driver)

        def alembic(*arguments: str) -> str:
            new = arguments[0] == "revision"  # which loads more than any other
            result = (project.interpreter if new else project.cli)(*arguments)
            assert result.returncode == 0, result.stdout + result.stderr
            return result.stdout + result.stderr

        alembic("revision", "--autogenerate", "-m", "create tables")
        assert "Running upgrade  -> " in alembic("upgrade", "head")
        assert table_names(url) == {"customer", "purchase"}
        assert "No new upgrade operations detected." in alembic("check")
        assert "(head)" in alembic("current")
        assert "create tables" in alembic("history")
        alembic("downgrade", "base")
        assert contents(url) == EMPTY


@pytest.mark.parametrize("config", template.choices("config", project="new"))
@pytest.mark.parametrize("placement", template.choices("placement"))
@pytest.mark.parametrize("layout", template.choices("layout"))
@pytest.mark.parametrize("directory", template.DIRECTORIES)
def test_commands_work_from_anywhere_and_in_a_path_with_spaces(
    directory: str, layout: str, placement: str, config: str, tmp_path: Path
) -> None:
    folder, elsewhere = tmp_path / "with some spaces", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    project = new_project(
        folder, layout=layout, placement=placement, directory=directory, config=config
    )
    revise = ("revision", "--autogenerate", "-m", "create tables")
    for cwd, command in (
        (elsewhere, revise),
        (project.migrations, ("upgrade", "head")),
        (None, ("check",)),
        (project.path / ("src" if layout == "src" else "my_app"), ("downgrade", "base")),
        (None, ("upgrade", "head", "--sql")),
    ):
        new = command == revise and directory == "alembic"  # which may hide Alembic itself
        result = (project.interpreter if new else project.cli)(*command, cwd=cwd)
        assert result.returncode == 0, result.stdout + result.stderr
    assert list(elsewhere.iterdir()) == []
    assert [path.name for path in project.path.glob("*.db")] == ["app.db"]


@pytest.mark.parametrize("config", template.choices("config", project="new"))
def test_directory_called_alembic_does_not_hide_alembic(config: str, tmp_path: Path) -> None:
    project = new_project(
        tmp_path, layout="flat", placement="root", directory="alembic", config=config
    )
    show = "import alembic, my_app.db; print(alembic.__version__)"
    result = subprocess.run(
        [sys.executable, "-c", show], cwd=project.path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_revision_file_starts_with_its_time_in_utc(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    before = datetime.now(UTC)
    subprocess.run(
        [sys.executable, "-m", "alembic", "revision", "-m", "Far east"],
        cwd=project.path,
        env={**os.environ, "TZ": "Pacific/Kiritimati"},
        check=True,
        capture_output=True,
    )
    (file,) = project.revisions
    written = datetime.strptime(file.name[:17], "%Y_%m_%d_%H%M%S").replace(tzinfo=UTC)
    assert before.replace(microsecond=0) <= written <= datetime.now(UTC)
    assert re.fullmatch(r"_[0-9a-f]{12}_far_east\.py", file.name[17:])
