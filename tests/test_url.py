"""Which database a command uses, and what it says when it can't tell (promise 1)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.util import CommandError
from sqlalchemy import URL, make_url

import template
from databases import catalogue_of, database
from migrations import Project, existing_project, new_project

EXAMPLES = {
    "sqlite+pysqlite": "sqlite",
    "sqlite+aiosqlite": "sqlite",
    "postgresql+psycopg": "postgresql",
    "postgresql+asyncpg": "postgresql",
    "mysql+pymysql": "mysql",
    "mysql+asyncmy": "mysql",
    "mariadb+mariadbconnector": "mariadb",
}
MODES = {
    driver: mode
    for mode in template.choices("mode")
    for driver in template.choices("driver", mode=mode)
} | {"postgresql+psycopg": "sync"}


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
    return set(catalogue_of(make_url(sqlite(file)))["tables"])


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
        assert set(catalogue_of(url)["tables"]) == {"here"}


@pytest.mark.parametrize("driver", ["postgresql+psycopg", "postgresql+asyncpg"])
def test_postgres_urls_of_hosting_providers_are_understood(driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        project = project_of(driver, tmp_path, url.set(drivername="postgres"))
        project.run("upgrade", "head")
        assert set(catalogue_of(url)["tables"]) == {"here"}


@pytest.mark.parametrize("driver", ["postgresql+asyncpg", "postgresql+pg8000"])
def test_driver_of_the_application_s_url_is_replaced(driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        project = project_of(driver, tmp_path, url.set(drivername="postgresql+psycopg"))
        project.run("upgrade", "head")
        assert set(catalogue_of(url)["tables"]) == {"here"}


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
