"""The migrations of an installed package: from a wheel, and from an application's code."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import logging
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from alembic.util import CommandError
from sqlalchemy import URL, NullPool, create_engine, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from scripts.environments import share_code
from support import processes, template
from support.contents import EMPTY, contents
from support.databases import database, has_server, table_names
from support.migrations import Project, new_project

WITH_SERVER = [pair for pair in template.MODES_AND_DRIVERS if has_server(pair[1])]
TABLES = {"customer", "purchase"}


def project_of(mode: str, driver: str, folder: Path, url: URL, **answers: str) -> Project:
    """Render a project with the revision that creates the starter's tables."""
    project = new_project(folder, url, mode=mode, driver=driver, **answers)
    project.autogenerate("create tables")
    return project


def tables(url: URL) -> set[str]:
    return table_names(url)


@contextlib.contextmanager
def imported(project: Project, name: str = "") -> Iterator[ModuleType]:
    """Import a module of the package as its application does; by default the commands."""
    with project.imported():
        sys.path.insert(0, str(project.models.parents[1]))
        yield importlib.import_module(name or f"my_app.{project.answers['directory']}.commands")


# --- From a wheel -----------------------------------------------------------------------------

PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


def built(project: Project) -> Path:
    """Build the project's wheel, with the backend that is installed beside these tests."""
    folder = project.path.parent
    build = [*PIP, "wheel", "--no-deps", "--wheel-dir", f"{folder}", f"{project.path}"]
    if "setuptools" not in (project.path / "pyproject.toml").read_text():  # Python's is old
        build.append("--no-build-isolation")
    path = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"  # where uv-build is
    subprocess.run(build, check=True, capture_output=True, env=os.environ | {"PATH": path})
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.mark.parametrize(
    ("mode", "driver", "directory", "layout"),
    [
        ("sync", "sqlite+pysqlite", "migrations", "src"),
        ("async", "postgresql+asyncpg", "alembic", "flat"),
    ],
)
def test_wheel_migrates_where_nothing_else_of_the_project_is(
    mode: str, driver: str, directory: str, layout: str, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as url:
        project = project_of(mode, driver, tmp_path, url, directory=directory, layout=layout)
        elsewhere, environment = tmp_path / "elsewhere", tmp_path / "environment"
        elsewhere.mkdir()
        another = "[alembic]\nscript_location = another\nsqlalchemy.url = sqlite:///another.db\n"
        (elsewhere / "alembic.ini").write_text(another)

        def run(*command: str | Path, cwd: Path = elsewhere) -> str:
            result = subprocess.run(
                command,
                cwd=cwd,
                env=project.environment(),
                capture_output=True,
                text=True,
                check=False,
            )
            assert result.returncode == 0, result.stdout + result.stderr
            return result.stdout

        wheel = built(project)
        run(sys.executable, "-m", "venv", "--without-pip", environment)
        install = (*PIP, "--python", environment, "install")
        if mode == "sync":
            run(*install, "--no-compile", wheel)
            share_code(environment)
        else:  # tests/test_install.py shows that all it needs is installed
            run(*install, "--no-deps", wheel)
            (site,) = environment.glob("lib/python*/site-packages")
            (site / "tests.pth").write_text(sysconfig.get_path("purelib"))
        project.path.rename(tmp_path / "gone")
        (installed,) = environment.glob("lib/python*/site-packages/my_app")
        assert (installed / directory / "script.py.mako").exists()
        before = {path for path in installed.rglob("*") if "__pycache__" not in path.parts}

        python = environment / "bin" / "python"
        module = ("-m", f"my_app.{directory}")
        run(python, *module, "upgrade", "head")
        assert tables(url) == TABLES
        assert "(head)" in run(python, *module, "current", "--verbose")
        assert "create tables" in run(python, *module, "history", "--indicate-current")
        assert "CREATE TABLE customer" in run(python, *module, "upgrade", "head", "--sql")
        run(python, "-c", f"from my_app.{directory}.commands import require_head; require_head()")
        run(python, *module, "downgrade", "-1")
        run(python, "-c", f"from my_app.{directory}.commands import upgrade; upgrade()")
        run(python, *module, "check")
        run(python, *module, "downgrade", "base")
        assert contents(url) == EMPTY

        assert [path.name for path in elsewhere.iterdir()] == ["alembic.ini"]
        after = {path for path in installed.rglob("*") if "__pycache__" not in path.parts}
        assert after == before  # it may be on a disk that can't be written


BACKENDS = {
    "setuptools": "setuptools.build_meta",
    "poetry-core": "poetry.core.masonry.api",
    "pdm-backend": "pdm.backend",
    "flit_core": "flit_core.buildapi",
    "uv_build": "uv_build",
}


@pytest.mark.parametrize("backend", BACKENDS)
def test_wheel_of_another_build_backend_migrates_too(backend: str, tmp_path: Path) -> None:
    with database("sqlite+pysqlite", tmp_path) as url:
        project = project_of("sync", "sqlite+pysqlite", tmp_path, url)
        file = project.path / "pyproject.toml"
        before, _ = file.read_text().split("[build-system]")
        system = f'requires = ["{backend}"]\nbuild-backend = "{BACKENDS[backend]}"\n'
        file.write_text(f"{before}[build-system]\n{system}")
        assert python_m(project, "upgrade", "head", path=installed(project)).startswith("0 ")
        assert tables(url) == TABLES


@pytest.fixture
def module(tmp_path: Path) -> Iterator[Any]:
    """Run `python -m my_app.migrations` in a folder that has no configuration file."""
    with database("sqlite+pysqlite", tmp_path) as url:
        project = project_of("sync", "sqlite+pysqlite", tmp_path, url)
        path = {"PYTHONPATH": str(project.models.parents[1])}

        def run(*arguments: str) -> subprocess.CompletedProcess[str]:
            command = ("python", "-W", "error", "-m", "my_app.migrations", *arguments)
            return processes.run(command, tmp_path, project.environment() | path)

        yield run


def test_module_has_alembic_s_commands_and_progress(module: Any) -> None:
    alembic = processes.run(("alembic", "--help"), Path(), os.environ)
    usage, commands = module("--help").stdout.split("positional arguments:")
    assert usage.startswith("usage: python -m my_app.migrations [-h]")
    names = re.compile(r"^    (\w+)", re.MULTILINE)
    ours = {*names.findall(commands)} - {*names.findall(alembic.stdout)}
    assert ours == {"rebase", "rehearse", "squash", "status", "which"}
    assert {*names.findall(alembic.stdout)} < {*names.findall(commands)}
    assert "Running upgrade  -> " in module("upgrade", "head").stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "too few arguments"),
        (["-c", "alembic.ini", "current"], "-c and -n name no settings here: run alembic"),
        (["-n", "other", "current"], "-c and -n name no settings here: run alembic"),
        (["upgrade", "nowhere"], "Can't locate revision identified by 'nowhere'"),
    ],
)
def test_module_says_what_is_wrong_without_a_traceback(
    arguments: list[str], said: str, module: Any
) -> None:
    result = module(*arguments)
    assert result.returncode
    assert said in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


# --- The project's settings -------------------------------------------------------------------

REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = {parent!r}
depends_on = {depends_on!r}


def upgrade():
    op.create_table("t_{number}", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("t_{number}")
"""


def revision(
    folder: Path, number: str, parent: str | None = None, depends_on: str | None = None
) -> None:
    """Write a revision that creates a table of its name."""
    folder.mkdir(parents=True, exist_ok=True)
    text = REVISION.format(number=number, parent=parent, depends_on=depends_on)
    (folder / f"{number}.py").write_text(text)


def configure(project: Project, *lines: str) -> None:
    """Add lines to [tool.alembic] of the project's pyproject.toml."""
    file = project.path / "pyproject.toml"
    text = file.read_text()
    section = "" if "[tool.alembic]" in text else "\n[tool.alembic]\n"
    file.write_text(text + section + "".join(f"{line}\n" for line in lines))


def python_m(project: Project, *arguments: str, path: Path | None = None) -> str:
    """Run `python -m my_app.migrations` beside the project, and return what it says."""
    command = ("python", "-W", "error", "-m", "my_app.migrations", *arguments)
    environment = project.environment() | {"PYTHONPATH": str(path or project.models.parents[1])}
    result = processes.run(command, project.path.parent, environment)
    said = result.stdout + result.stderr
    assert "Traceback" not in said
    return f"{result.returncode} {said}"


@pytest.fixture
def sqlite_project(tmp_path: Path) -> Iterator[Project]:
    """Render a project without a revision, for an empty database."""
    with database("sqlite+pysqlite", tmp_path) as url:
        yield new_project(tmp_path, url)


CONFIGURATIONS = [
    {"config": config, "layout": layout}
    for config in template.choices("config", project="new")
    for layout in template.choices("layout")
]


@pytest.mark.parametrize("answers", CONFIGURATIONS, ids=template.name)
def test_settings_of_the_project_count(answers: dict[str, str], tmp_path: Path) -> None:
    with database("sqlite+pysqlite", tmp_path) as url:
        project = new_project(tmp_path, url, **answers)
        more = project.path / "more"
        versions = project.migrations / "versions"
        place = f"%(here)s/{versions.relative_to(project.path)}"
        configure(
            project,
            f'version_locations = ["{place}", "%(here)s/more"]',
            "recursive_version_locations = true",
        )
        revision(versions / "2026", "first")
        revision(more / "deep", "second", "first")
        assert python_m(project, "upgrade", "head").startswith("0 ")
        assert tables(url) == {"t_first", "t_second"}
        revision(more, "third", "second")
        with imported(project) as commands:
            with pytest.raises(CommandError, match="is at second, this code at third: run"):
                commands.require_head()
            commands.upgrade()
            commands.require_head()
        assert tables(url) == {"t_first", "t_second", "t_third"}


def test_revision_is_written_as_the_settings_say(sqlite_project: Project) -> None:
    ini = sqlite_project.path / "alembic.ini"
    ini.write_text(ini.read_text().replace("timezone = UTC", "timezone = UTC\nsourceless = true"))
    said = python_m(sqlite_project, "revision", "-m", "by module")
    (file,) = sqlite_project.revisions
    assert re.fullmatch(r"\d{4}_\d\d_\d\d_\d{6}_[0-9a-f]{12}_by_module", file.stem), said


def test_url_of_the_settings_is_used_from_code_too(sqlite_project: Project, tmp_path: Path) -> None:
    revision(sqlite_project.migrations / "versions", "first")
    configure(sqlite_project, f'"sqlalchemy.url" = "sqlite:///{tmp_path}/configured.db"')
    with imported(sqlite_project) as commands:
        commands.upgrade()
    assert tables(make_url(f"sqlite:///{tmp_path}/configured.db")) == {"t_first"}


def test_settings_of_another_project_do_not_count(sqlite_project: Project) -> None:
    ini = sqlite_project.path / "alembic.ini"
    ini.write_text("[alembic]\nscript_location = elsewhere:migrations\nversion_locations = no\n")
    revision(sqlite_project.migrations / "versions", "first")
    assert python_m(sqlite_project, "upgrade", "head").startswith("0 ")


def test_import_path_of_the_application_stays_as_it_is(sqlite_project: Project) -> None:
    revision(sqlite_project.migrations / "versions", "first")
    with imported(sqlite_project) as commands:
        before = list(sys.path)
        commands.upgrade()
        commands.require_head()
        assert sys.path == before


def test_no_revision_at_all_is_an_error(sqlite_project: Project) -> None:
    expected = "my_app.migrations has no revision: write one, or have the wheel take them along"
    with imported(sqlite_project) as commands:
        for function in (commands.upgrade, commands.require_head):
            with pytest.raises(CommandError) as error:
                function()
            assert str(error.value) == expected
    said = python_m(sqlite_project, "upgrade", "head")
    assert not said.startswith("0 ")
    assert expected in " ".join(said.split())
    assert python_m(sqlite_project, "current").startswith("0 ")
    assert python_m(sqlite_project, "revision", "-m", "first").startswith("0 ")
    assert python_m(sqlite_project, "upgrade", "head").startswith("0 ")


def installed(project: Project) -> Path:
    """Build the project's wheel and unpack it. Returns where."""
    folder = project.path.parent / "installed"
    with zipfile.ZipFile(built(project)) as archive:
        archive.extractall(folder)
    return folder


def test_wheel_finds_revisions_in_folders_without_the_settings(sqlite_project: Project) -> None:
    configure(sqlite_project, "recursive_version_locations = true")
    revision(sqlite_project.migrations / "versions", "first")
    revision(sqlite_project.migrations / "versions" / "2026" / "11", "second", "first")
    said = python_m(sqlite_project, "upgrade", "head", path=installed(sqlite_project))
    assert said.startswith("0 ")
    assert sqlite_project.url
    assert tables(sqlite_project.url) == {"t_first", "t_second"}


# --- From code --------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "driver"), [*WITH_SERVER, *template.ONE_A_MODE_ON_MYSQL], ids=str)
def test_application_upgrades_the_database_of_its_environment(
    mode: str, driver: str, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as url:
        project = project_of(mode, driver, tmp_path, url)
        with imported(project) as commands:
            with pytest.raises(CommandError, match="at no revision"):
                commands.require_head()
            assert contents(url) == EMPTY
            commands.upgrade()
            commands.require_head()
        assert tables(url) == TABLES


@pytest.mark.parametrize("driver", ["sqlite+pysqlite", "postgresql+psycopg", "mysql+pymysql"])
def test_application_gives_its_engine_or_a_connection(driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url, database(driver, tmp_path) as other:
        project = project_of("sync", driver, tmp_path, url)
        engine = create_engine(other)
        with imported(project) as commands:
            commands.upgrade(engine)
            commands.require_head(engine)
            with engine.connect() as connection:
                commands.require_head(connection)
        engine.dispose()
        assert tables(other) == TABLES
        assert tables(url) == set()


@pytest.mark.parametrize("driver", ["sqlite+aiosqlite", "postgresql+asyncpg", "mysql+asyncmy"])
def test_asyncio_application_gives_its_engine_or_a_connection(driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url, database(driver, tmp_path) as other:
        project = project_of("async", driver, tmp_path, url)

        async def start(commands: ModuleType) -> None:
            engine = create_async_engine(other)
            commands.upgrade(engine)
            commands.require_head(engine)
            async with engine.connect() as connection:
                await connection.run_sync(lambda _: commands.require_head(connection))
            await engine.dispose()

        with imported(project) as commands:
            asyncio.run(start(commands))
        assert tables(other) == TABLES
        assert tables(url) == set()


def test_require_head_says_what_to_run(tmp_path: Path) -> None:
    with database("sqlite+pysqlite", tmp_path) as url:
        project = project_of("sync", "sqlite+pysqlite", tmp_path, url)
        (first,) = project.revisions
        old = first.stem.split("_")[4]
        project.run("upgrade", "head")
        project.run("revision", message="later")
        (new,) = {path.stem.split("_")[4] for path in project.revisions} - {old}
        with imported(project) as commands, pytest.raises(CommandError) as behind:
            commands.require_head()
        assert str(behind.value) == (
            f"The database is at {old}, this code at {new}: "
            "run python -m my_app.migrations upgrade head"
        )
        project.run("upgrade", "head")
        (later,) = [path for path in project.revisions if path != first]
        later.unlink()
        with imported(project) as commands, pytest.raises(CommandError) as ahead:
            commands.require_head()
        assert str(ahead.value) == (
            f"The database is at {new}, this code at {old}: "
            "run the code that migrated it, or allow it by or_newer=True"
        )


def test_require_head_lets_older_code_start_if_it_may_be_taken_back(tmp_path: Path) -> None:
    with database("sqlite+pysqlite", tmp_path) as url:
        project = project_of("sync", "sqlite+pysqlite", tmp_path, url)
        with imported(project) as commands, pytest.raises(CommandError, match="upgrade head"):
            commands.require_head(or_newer=True)
        project.run("revision", message="newer")
        project.run("upgrade", "head")
        (newer,) = [path for path in project.revisions if "newer" in path.name]
        newer.unlink()
        with imported(project) as commands:
            commands.require_head(or_newer=True)


# Revisions, each with its parent and what it depends on, and where the database is in turn.
BRANCHES: dict[str, tuple[list[tuple[str, str | None, str | None]], list[str]]] = {
    "two bases": ([("a1", None, None), ("b1", None, None)], ["a1", "b1"]),
    "two branches": (
        [("root", None, None), ("a1", "root", None), ("b1", "root", None)],
        ["root", "a1", "b1"],
    ),
    "dependency": ([("a1", None, None), ("b1", None, "a1")], ["a1", "b1"]),
    "old dependency": (
        [("a1", None, None), ("a2", "a1", None), ("b1", None, "a1")],
        ["a1", "b1", "a2"],
    ),
    "chain of dependencies": (
        [("a1", None, None), ("b1", None, "a1"), ("b2", "b1", None), ("c1", None, "b2")],
        ["a1", "b1", "b2", "c1"],
    ),
}


@pytest.mark.parametrize("branches", BRANCHES)
def test_require_head_takes_each_branch_and_dependency_as_alembic_does(
    branches: str, sqlite_project: Project
) -> None:
    revisions, steps = BRANCHES[branches]
    for arguments in revisions:
        revision(sqlite_project.migrations / "versions", *arguments)
    heads = ", ".join(sorted(sqlite_project.scripts().get_heads()))
    with imported(sqlite_project) as commands:
        for step in steps:
            with pytest.raises(CommandError) as error:
                commands.require_head()
            assert f", this code at {heads}: " in str(error.value)
            assert str(error.value).endswith("run python -m my_app.migrations upgrade heads")
            sqlite_project.run("upgrade", step)
        commands.require_head()
        sqlite_project.run("downgrade", "base")
        commands.upgrade()
        commands.require_head()
    assert sqlite_project.run("current").count("head)") == len(heads.split(", "))


def test_require_head_only_reads(tmp_path: Path) -> None:
    with database("postgresql+psycopg", tmp_path) as url:
        project = project_of("sync", "postgresql+psycopg", tmp_path, url)
        engine = create_engine(url)
        seen: list[str] = []

        @event.listens_for(engine, "before_cursor_execute")
        def note(_: object, __: object, statement: str, *___: object) -> None:
            seen.append(statement.split(maxsplit=1)[0])

        with imported(project) as commands:
            with pytest.raises(CommandError, match="at no revision"):
                commands.require_head(engine)
            project.run("upgrade", "head")
            commands.require_head(engine)
        engine.dispose()
        assert set(seen) == {"SELECT"}


def test_application_s_loggers_stay_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def state() -> dict[str, object]:
        loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
        return {
            each.name: (each.level, list(each.handlers), each.disabled, each.propagate)
            for each in loggers
        }

    with database("sqlite+pysqlite", tmp_path) as url:
        project = project_of("sync", "sqlite+pysqlite", tmp_path, url)
        before = state()
        capsys.readouterr()
        with imported(project) as commands:
            commands.upgrade()
            commands.require_head()
        assert state() == before
        assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("driver", ["postgresql+psycopg"])
def test_workers_that_start_at_once_migrate_once(
    driver: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database(driver, tmp_path) as url:
        project = project_of("sync", driver, tmp_path, url)
        (revision,) = project.revisions
        slow = "def upgrade() -> None:\n    import time\n\n    time.sleep(1)\n"
        revision.write_text(revision.read_text().replace("def upgrade() -> None:\n", slow))
        start = "from my_app.migrations.commands import upgrade, require_head\n"
        monkeypatch.setenv("PYTHONPATH", str(project.models.parents[1]))
        command = ("python", "-c", start + "upgrade()\nrequire_head()")
        output = [tmp_path / str(number) for number in range(4)]
        workers = [processes.start_command(project, command, file) for file in output]
        for worker in workers:
            worker.join()
        said = [file.read_text() for file in output]
        assert [worker.exitcode for worker in workers] == [0] * 4, said
        assert tables(url) == TABLES


# --- Threads ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "driver"),
    [pair for pair in WITH_SERVER if pair[1].split("+")[0] in ("sqlite", "postgresql")],
    ids=str,
)
def test_sixteen_threads_migrate_two_databases(mode: str, driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as one, database(driver, tmp_path) as other:
        project = project_of(mode, driver, tmp_path, one)
        create = create_engine if mode == "sync" else create_async_engine
        engines: list[Any] = [create(url, poolclass=NullPool) for url in (one, other)]
        with imported(project) as commands, ThreadPoolExecutor(16) as threads:

            def start(number: int) -> None:
                commands.upgrade(engines[number % 2])
                commands.require_head(engines[number % 2])

            list(threads.map(start, range(16)))
        assert tables(one) == tables(other) == TABLES


@pytest.mark.parametrize("driver", ["sqlite+aiosqlite", "postgresql+asyncpg"])
def test_threads_of_an_event_loop_migrate_while_it_migrates_too(
    driver: str, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as one, database(driver, tmp_path) as other:
        project = project_of("async", driver, tmp_path, one)
        engines = [create_async_engine(url, poolclass=NullPool) for url in (one, other)]

        async def start(commands: ModuleType) -> None:
            others = [asyncio.to_thread(commands.upgrade, engines[n % 2]) for n in range(6)]
            tasks = [asyncio.create_task(each) for each in others]
            await asyncio.sleep(0)  # they start
            for engine in engines:
                commands.upgrade(engine)
                commands.require_head(engine)
            await asyncio.gather(*tasks)

        with imported(project) as commands:
            asyncio.run(start(commands))
        assert tables(one) == tables(other) == TABLES


def test_two_packages_migrate_in_threads_of_one_process(tmp_path: Path) -> None:
    with database("sqlite+pysqlite", tmp_path) as one, database("sqlite+pysqlite", tmp_path) as two:
        first = project_of("sync", "sqlite+pysqlite", tmp_path / "one", one)
        second = project_of("sync", "sqlite+pysqlite", tmp_path / "two", two, package="shop")
        engines = [create_engine(one), create_engine(two)]
        with imported(first) as commands, second.imported(), ThreadPoolExecutor(8) as threads:
            sys.path.insert(0, str(second.models.parents[1]))
            others = importlib.import_module("shop.migrations.commands")

            def start(number: int) -> None:
                each = (commands, others)[number % 2]
                each.upgrade(engines[number % 2])
                each.require_head(engines[number % 2])

            list(threads.map(start, range(8)))
        for engine in engines:
            engine.dispose()
        assert tables(one) == tables(two) == TABLES


def test_tasks_of_one_event_loop_are_told_to_use_threads(tmp_path: Path) -> None:
    driver = "postgresql+asyncpg"
    with database(driver, tmp_path) as one, database(driver, tmp_path) as other:
        project = project_of("async", driver, tmp_path, one)
        engines = [create_async_engine(url, poolclass=NullPool) for url in (one, other)]

        async def migrate(commands: ModuleType, engine: AsyncEngine) -> None:
            async with engine.connect() as connection:
                await connection.run_sync(commands.upgrade)

        async def start(commands: ModuleType) -> list[BaseException | None]:
            tasks = [migrate(commands, engine) for engine in engines]
            return await asyncio.gather(*tasks, return_exceptions=True)

        with imported(project) as commands:
            ends = asyncio.run(start(commands))
        (error,) = [end for end in ends if end]
        assert isinstance(error, CommandError)
        assert "of an event loop by asyncio.to_thread()" in str(error)
        assert "'config'" not in str(error)


@pytest.mark.parametrize("mode", template.choices("mode"))
@pytest.mark.parametrize("call", ["upgrade", "require_head"])
def test_application_that_the_migrations_import_may_not_call_back(
    mode: str, call: str, tmp_path: Path
) -> None:
    driver = template.choices("driver", mode=mode)[0]
    with database(driver, tmp_path) as url:
        project = project_of(mode, driver, tmp_path, url)
        web(project, f"from my_app.migrations.commands import {call}\n\n{call}()\n")
        hooks = project.migrations / "hooks.py"
        hooks.write_text(hooks.read_text() + "\nimport my_app.web\n")
        with imported(project) as commands:
            for run in (commands.upgrade, lambda: project.run("upgrade", "head")):
                with pytest.raises(CommandError, match="Alembic runs in this process already"):
                    run()


# --- FastAPI and Flask ------------------------------------------------------------------------

FASTAPI = """
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import select

from my_app.db import engine, session
from my_app.migrations.commands import {call}
from my_app.models.customer import Customer


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    {call}(engine())
    yield
    await engine().dispose()


app = FastAPI(lifespan=lifespan)


@app.post("/customers/{{email}}")
async def add(email: str) -> list[str]:
    async with session() as current, current.begin():
        current.add(Customer(email=email))
    async with session() as current:
        return list(await current.scalars(select(Customer.email)))
"""


async def serve(app: Any, method: str, path: str) -> Any:
    """Start an ASGI application as a server does, send it a request, and stop it."""
    lifespan: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    answers: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    running = asyncio.create_task(app({"type": "lifespan"}, lifespan.get, answers.put))
    await lifespan.put({"type": "lifespan.startup"})
    started = await answers.get()
    if started["type"] == "lifespan.startup.failed":
        with contextlib.suppress(Exception):
            await running
        return started["message"]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    await lifespan.put({"type": "lifespan.shutdown"})
    await running
    return json.loads(sent[1]["body"])


def web(project: Project, text: str) -> None:
    """Write the package's web application."""
    (project.models.parent / "web.py").write_text(text)


@pytest.mark.parametrize("driver", ["sqlite+aiosqlite", "postgresql+asyncpg", "mysql+asyncmy"])
def test_fastapi_application_upgrades_before_it_serves(driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        project = project_of("async", driver, tmp_path, url)
        web(project, FASTAPI.format(call="upgrade"))
        for count in (1, 2):  # it is started again
            with imported(project, "my_app.web") as module:
                answer = asyncio.run(serve(module.app, "POST", f"/customers/{count}@example.com"))
                assert len(answer) == count


def test_fastapi_application_does_not_start_on_an_old_database(tmp_path: Path) -> None:
    with database("sqlite+aiosqlite", tmp_path) as url:
        project = project_of("async", "sqlite+aiosqlite", tmp_path, url)
        web(project, FASTAPI.format(call="require_head"))
        with imported(project, "my_app.web") as module:
            answer = asyncio.run(serve(module.app, "POST", "/customers/a@example.com"))
        assert "run python -m my_app.migrations upgrade head" in answer
        project.run("upgrade", "head")
        with imported(project, "my_app.web") as module:
            answer = asyncio.run(serve(module.app, "POST", "/customers/a@example.com"))
        assert answer == ["a@example.com"]


FLASK = """
from flask import Flask
from sqlalchemy import select

from my_app.db import engine, session
from my_app.migrations.commands import {call}
from my_app.models.customer import Customer


def create_app() -> Flask:
    app = Flask(__name__)
    {call}(engine())

    @app.post("/customers/<email>")
    def add(email: str) -> list[str]:
        with session() as current, current.begin():
            current.add(Customer(email=email))
        with session() as current:
            return list(current.scalars(select(Customer.email)))

    return app
"""


@pytest.mark.parametrize("driver", ["sqlite+pysqlite", "postgresql+psycopg", "mysql+pymysql"])
def test_flask_application_upgrades_before_it_serves(driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        project = project_of("sync", driver, tmp_path, url)
        web(project, FLASK.format(call="upgrade"))
        for count in (1, 2):  # it is started again
            with imported(project, "my_app.web") as module:
                client = module.create_app().test_client()
                answer = client.post(f"/customers/{count}@example.com")
                assert len(answer.get_json()) == count
                sys.modules["my_app.db"].engine().dispose()


def test_flask_application_does_not_start_on_an_old_database(tmp_path: Path) -> None:
    with database("sqlite+pysqlite", tmp_path) as url:
        project = project_of("sync", "sqlite+pysqlite", tmp_path, url)
        web(project, FLASK.format(call="require_head"))
        with imported(project, "my_app.web") as module:
            with pytest.raises(CommandError, match=r"run python -m my_app\.migrations upgrade"):
                module.create_app()
            sys.modules["my_app.db"].engine().dispose()
