"""Which database a command uses, and what it says when it can't tell (promise 1)."""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.util import CommandError
from sqlalchemy import URL, make_url, text

from support import template
from support.databases import database, plain_engine, table_names
from support.migrations import Project, existing_project, new_project

EXAMPLES = {
    "sqlite+pysqlite": "sqlite",
    "sqlite+aiosqlite": "sqlite",
    "postgresql+psycopg": "postgresql",
    "postgresql+asyncpg": "postgresql",
    "mysql+pymysql": "mysql",
    "mysql+asyncmy": "mysql",
    "mariadb+mariadbconnector": "mariadb",
}
MODES = {driver: mode for mode, driver in template.MODES_AND_DRIVERS} | {
    "postgresql+psycopg": "sync"
}


def project_of(driver: str, folder: Path, url: URL | None = None) -> Project:
    """Render a project with a first revision in it."""
    project = new_project(folder, url, driver=driver, mode=MODES[driver])
    revision = (
        "revision = '1'\ndown_revision = None\nimport sqlalchemy as sa\nfrom alembic import op\n"
    )
    column = "sa.Column('id', sa.Integer, primary_key=True)"
    upgrade = f"def upgrade():\n    op.create_table('here', {column})\n"
    (project.migrations / "versions" / "1_first.py").write_text(revision + upgrade)
    return project


def sqlite(file: Path) -> str:
    return f"sqlite:///{file}"


def tables(file: Path) -> set[str]:
    return table_names(make_url(sqlite(file)))


def test_config_wins_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = project_of("sqlite+pysqlite", tmp_path)
    monkeypatch.setenv("MIGRATIONS_DATABASE_URL", sqlite(tmp_path / "migrations.db"))
    monkeypatch.setenv("DATABASE_URL", sqlite(tmp_path / "application.db"))
    project.configured_url = sqlite(tmp_path / "config.db")
    project.run("upgrade", "head")
    assert [path.name for path in tmp_path.glob("*.db")] == ["config.db"]
    assert tables(tmp_path / "config.db") == {"here"}


def test_migrations_variable_wins_over_the_application_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_of("sqlite+pysqlite", tmp_path)
    monkeypatch.setenv("MIGRATIONS_DATABASE_URL", sqlite(tmp_path / "migrations.db"))
    monkeypatch.setenv("DATABASE_URL", sqlite(tmp_path / "application.db"))
    project.run("upgrade", "head")
    assert [path.name for path in tmp_path.glob("*.db")] == ["migrations.db"]


def test_application_s_variable_serves_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_of("sqlite+pysqlite", tmp_path)
    monkeypatch.setenv("DATABASE_URL", sqlite(tmp_path / "application.db"))
    project.run("upgrade", "head")
    assert [path.name for path in tmp_path.glob("*.db")] == ["application.db"]


@pytest.mark.parametrize("project_of_kind", [new_project, existing_project])
@pytest.mark.parametrize("placement", template.choices("placement"))
@pytest.mark.parametrize("layout", template.choices("layout"))
def test_sqlite_without_a_url_is_a_file_beside_the_configuration(
    project_of_kind: Callable[..., Project], placement: str, layout: str, tmp_path: Path
) -> None:
    project = project_of_kind(tmp_path, layout=layout, placement=placement)
    project.autogenerate("create tables")
    project.run("upgrade", "head")
    assert tables(project.path / "app.db") == {"customer", "purchase"}


@pytest.mark.parametrize("driver", EXAMPLES)
def test_driverless_url_gets_the_chosen_driver(driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        project = project_of(driver, tmp_path, url.set(drivername=EXAMPLES[driver]))
        project.run("upgrade", "head")
        assert table_names(url) == {"here"}


@pytest.mark.parametrize("driver", ["postgresql+psycopg", "postgresql+asyncpg"])
def test_postgres_urls_of_hosting_providers_are_understood(driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        project = project_of(driver, tmp_path, url.set(drivername="postgres"))
        project.run("upgrade", "head")
        assert table_names(url) == {"here"}


@pytest.mark.parametrize("driver", ["postgresql+asyncpg", "postgresql+pg8000"])
def test_driver_of_the_application_s_url_is_replaced(driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        project = project_of(driver, tmp_path, url.set(drivername="postgresql+psycopg"))
        project.run("upgrade", "head")
        assert table_names(url) == {"here"}


@pytest.mark.parametrize("name", ["DATABASE_URL", "MIGRATIONS_DATABASE_URL"])
@pytest.mark.parametrize(
    ("driver", "url"),
    [
        ("postgresql+psycopg", "mysql://user:hunter2@localhost/app"),
        ("postgresql+asyncpg", "sqlite:///hunter2.db"),
        ("mysql+pymysql", "postgresql://user:hunter2@localhost/app"),
        ("sqlite+pysqlite", "postgres://user:hunter2@localhost/app"),
        ("mssql+pyodbc", "oracle://user:hunter2@localhost/app"),
    ],
)
def test_another_database_s_url_in_the_environment_is_refused(
    driver: str, url: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, url)
    project = project_of(driver, tmp_path)
    with pytest.raises(CommandError) as error:
        project.run("upgrade", "head")
    assert str(error.value).startswith(f"{name} is for {url.split(':', maxsplit=1)[0]}, ")
    assert "hunter2" not in str(error.value)
    assert not list(tmp_path.glob("**/hunter2.db"))


@pytest.mark.parametrize("driver", [driver for driver in MODES if "sqlite" not in driver])
def test_another_database_s_url_in_the_config_is_used(driver: str, tmp_path: Path) -> None:
    project = project_of(driver, tmp_path)
    plain = "sqlite+aiosqlite" if MODES[driver] == "async" else "sqlite"
    project.configured_url = f"{plain}:///{tmp_path / 'test.db'}"
    project.run("upgrade", "head")
    assert tables(tmp_path / "test.db") == {"here"}


@pytest.mark.parametrize("driver", [driver for driver in MODES if "sqlite" not in driver])
def test_missing_url_names_the_variable_and_shows_one(driver: str, tmp_path: Path) -> None:
    project = project_of(driver, tmp_path)
    with pytest.raises(CommandError) as error:
        project.run("upgrade", "head")
    assert str(error.value) == (
        f"Set DATABASE_URL, for example to {driver}://user:password@host/database"
    )


def test_default_file_of_sqlite_is_forgotten_after_a_change_of_the_driver(tmp_path: Path) -> None:
    project = project_of("postgresql+psycopg", tmp_path)
    with (project.migrations / "hooks.py").open("a") as hooks:
        hooks.write('\ndefault_url = "sqlite:///app.db"\n')
    with pytest.raises(CommandError, match=r"^Set DATABASE_URL, for example to postgresql\+"):
        project.run("upgrade", "head")


def test_missing_url_ends_the_command_in_one_line(tmp_path: Path) -> None:
    project = project_of("postgresql+psycopg", tmp_path)
    result = project.cli("upgrade", "head")
    assert result.returncode != 0
    message = " ".join((result.stdout + result.stderr).split())  # Alembic wraps it
    assert message == (
        "FAILED: Set DATABASE_URL, for example to postgresql+psycopg://user:password@host/database"
    )


@pytest.mark.parametrize("name", ["DATABASE_URL", "MIGRATIONS_DATABASE_URL", "sqlalchemy.url"])
@pytest.mark.parametrize(
    "url",
    [
        "hunter2",
        "postgresql:/user:hunter2@host/db",
        "postgresql://user:an@hunter2@host/db",
        "postgresql://user:a/n@hunter2@host/db",
        "//hunter2@host",
        "postgresql://u:p@host:hunter2/db",
    ],
)
def test_malformed_url_is_named_and_not_shown(
    url: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_of("postgresql+psycopg", tmp_path)
    if name == "sqlalchemy.url":
        project.configured_url = url
    else:
        monkeypatch.setenv(name, url)
    with pytest.raises(CommandError) as error:
        project.run("upgrade", "head")
    assert str(error.value).startswith(
        f"{name} is not a database URL such as postgresql+psycopg://"
    )
    assert "hunter2" not in str(error.value)
    assert error.value.__context__ is None


# --- As providers print it --------------------------------------------------------------------

POSTGRESQL = [pair for pair in template.MODES_AND_DRIVERS if pair[1].startswith("postgresql+")]
MYSQL = [pair for pair in template.MODES_AND_DRIVERS if pair[1].startswith(("mysql+", "mariadb+"))]
NAMES = ("application_name", "search_path", "geqo")
SETTINGS = "trim(concat_ws(' ', {}))".format(", ".join(f"current_setting('{n}')" for n in NAMES))
SEEN = f"""
from alembic import op

revision = "1"
down_revision = None


def upgrade():
    op.execute("CREATE TABLE public.seen AS SELECT {SETTINGS} AS settings")
"""
# Parameters, and the three settings that they give.
UNDERSTOOD = {
    "": '"$user", public on',
    "application_name=loader": 'loader "$user", public on',
    "options=-csearch_path%3Dshop": "shop on",
    "options=-csearch_path=shop": "shop on",
    "options=-c%20search_path%3Dshop,public+-c+geqo%3Doff": "shop,public off",
    "sslmode=prefer&channel_binding=prefer&application_name=a%26b": 'a&b "$user", public on',
    "connect_timeout=10&target_session_attrs=read-write": '"$user", public on',
}
REFUSED = {
    "postgresql+pg8000": ["connect_timeout=10&target_session_attrs=read-write"],
}


def application_s_engine(project: Project) -> Any:
    """Return the engine of db.py, within project.imported()."""
    sys.path.insert(0, str(project.models.parents[1]))
    return importlib.import_module("my_app.db").engine()


def ask_application(project: Project, sql: str) -> str:
    """Return what the application's own engine gets from the database."""
    with project.imported():
        engine = application_s_engine(project)

        async def ask() -> str:
            async with engine.connect() as connection:
                answer = str(await connection.scalar(text(sql)))
            await engine.dispose()
            return answer

        if project.answers["mode"] == "async":
            return asyncio.run(ask())
        with engine.connect() as connection:
            answer = str(connection.scalar(text(sql)))
        engine.dispose()
        return answer


def written(url: URL, hosts: str = "", query: str = "") -> str:
    """Return the URL as text, with other hosts and parameters."""
    hosts = hosts or f"{url.host}:{url.port}"
    user = f"{url.username}:{url.password}" if url.password else f"{url.username}"
    return f"{url.get_backend_name()}://{user}@{hosts}/{url.database}?{query}"


class WrittenProject(Project):
    """A project with DATABASE_URL as it is written here."""

    text = ""

    def environment(self) -> dict[str, str]:
        """Return the environment of the commands."""
        return {**os.environ, "DATABASE_URL": self.text}


def written_project(folder: Path, mode: str, driver: str) -> WrittenProject:
    """Render a project for a URL that SQLAlchemy would not write so."""
    project = new_project(folder, mode=mode, driver=driver)
    return WrittenProject(project.path, project.answers)


@pytest.mark.parametrize(("mode", "driver"), POSTGRESQL, ids=str)
def test_libpq_s_parameters_are_understood_or_refused_by_name(
    mode: str, driver: str, tmp_path: Path
) -> None:
    project = written_project(tmp_path, mode, driver)
    (project.migrations / "versions" / "1.py").write_text(SEEN)
    for query, expected in UNDERSTOOD.items():
        with database(driver, tmp_path) as url, plain_engine(url).connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text("CREATE SCHEMA shop"))
            project.text = written(url, query=query)
            if query in REFUSED.get(driver, []):
                with pytest.raises(CommandError, match="leave out connect_timeout; correct the"):
                    project.run("upgrade", "head")
                continue
            project.run("upgrade", "head")
            seen = connection.scalar(text("SELECT settings FROM public.seen"))
            assert (query, seen) == (query, expected)
            assert (query, ask_application(project, f"SELECT {SETTINGS}")) == (query, expected)


@pytest.mark.parametrize(("mode", "driver"), POSTGRESQL, ids=str)
def test_the_first_of_several_hosts_that_answers_is_used(
    mode: str, driver: str, tmp_path: Path
) -> None:
    project = written_project(tmp_path, mode, driver)
    with database(driver, tmp_path) as url:
        for hosts in (f"127.0.0.1:1,{url.host}:{url.port}", f"[::1]:1,{url.host}:{url.port}"):
            project.text = written(url, hosts, "application_name=loader")
            if driver == "postgresql+pg8000":
                with pytest.raises(CommandError, match="one host: leave out the others; correct"):
                    project.run("current")
                continue
            project.run("current")
            assert ask_application(project, "SELECT current_database()") == url.database
            project.configured_url, project.text = project.text, "postgresql://"
            project.run("current")
            project.configured_url = ""
        (project.migrations / "versions" / "1.py").write_text(SEEN)
        assert "CREATE TABLE public.seen" in project.run("upgrade", "head", sql=True)


@pytest.mark.parametrize("driver", ["postgresql+asyncpg", "postgresql+pg8000"])
def test_channel_binding_that_a_driver_can_not_require_is_refused(
    driver: str, tmp_path: Path
) -> None:
    project = written_project(tmp_path, MODES.get(driver, "sync"), driver)
    query = "sslmode=require&channel_binding=require"
    project.text = f"postgresql://user:hunter2@db.example.com/app?{query}"
    with pytest.raises(CommandError) as error:
        project.run("upgrade", "head")
    assert str(error.value) == (
        f"Can't connect to {driver}://user:***@db.example.com/app: {driver.split('+')[1]} can't "
        "require channel_binding: write sslmode=verify-full&sslrootcert=system in its place; "
        "correct the URL"
    )
    with pytest.raises(ValueError, match="can't require channel_binding") as refused:
        ask_application(project, "SELECT 1")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(("mode", "driver"), [*POSTGRESQL, *MYSQL], ids=str)
def test_parameter_that_nobody_knows_is_named(mode: str, driver: str, tmp_path: Path) -> None:
    project = written_project(tmp_path, mode, driver)
    with database(driver, tmp_path) as url:
        project.text = written(url, query="pool_of_cars=7")
        with pytest.raises(CommandError, match=r": .*pool_of_cars.*; .*the URL"):
            project.run("current")


@pytest.mark.parametrize(("mode", "driver"), MYSQL, ids=str)
def test_mysql_s_usual_parameters_are_understood(mode: str, driver: str, tmp_path: Path) -> None:
    project = written_project(tmp_path, mode, driver)
    with database(driver, tmp_path) as url:
        for query in ("charset=utf8mb4", "connect_timeout=10", "ssl-mode=PREFERRED", "ssl=false"):
            project.text = written(url, query=query)
            project.run("upgrade", "head")
            charset = ask_application(project, "SELECT @@character_set_client")
            assert (query, charset) == (query, "utf8mb4")
        project.text = written(url, query="ssl-mode=verify")
        with pytest.raises(CommandError, match="there is no ssl-mode=VERIFY: write one of DIS"):
            project.run("current")
