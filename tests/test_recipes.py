"""Where the URL comes from: database_url() in hooks.py, and the recipes of docs/settings.md."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError

import pytest
from alembic.util import CommandError
from sqlalchemy import URL, make_url

from support.databases import admin_engine, database, server_of, table_names
from support.migrations import Project, existing_project, new_project
from support.pages import follow, sections

RECIPES = sections("settings.md")
LIBRARIES = {"pydantic_settings", "dotenv", "flask"}
DRIVERS = [
    ("sync", "sqlite+pysqlite"),
    ("async", "sqlite+aiosqlite"),
    ("sync", "postgresql+psycopg"),
    ("async", "postgresql+asyncpg"),
    ("sync", "mysql+pymysql"),
    ("async", "mysql+asyncmy"),
]
OF_SERVERS = [pair for pair in DRIVERS if "sqlite" not in pair[1]]
FIRST = """
import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade():
    op.create_table("here", sa.Column("id", sa.Integer, primary_key=True))
"""


def first_revision(project: Project) -> Project:
    """Give the project a revision that makes a table."""
    (project.migrations / "versions" / "1_first.py").write_text(FIRST)
    return project


def driverless(url: URL) -> str:
    """Return the URL as a deployment has it: without a driver, with the password."""
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)


def assert_migrated(url: URL) -> None:
    assert table_names(url) == {"here"}


# --- The recipes ----------------------------------------------------------------------------


def follow_recipe(name: str, project: Project, url: str, environment: pytest.MonkeyPatch) -> None:
    """Follow a recipe of a library, with the URL where it takes it from."""
    follow(RECIPES[name], project)
    if name == "python-dotenv":
        (project.path / ".env").write_text(f"DATABASE_URL={url}\n")
    elif name == "Flask":
        environment.setenv("FLASK_SQLALCHEMY_DATABASE_URI", url)
    else:
        environment.setenv("SHOP_DATABASE_URL", url)


@pytest.mark.parametrize(("mode", "driver"), DRIVERS)
@pytest.mark.parametrize("recipe", ["pydantic-settings", "python-dotenv", "Flask"])
def test_recipe_names_the_database(
    recipe: str, mode: str, driver: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database(driver, tmp_path) as url:
        project = first_revision(new_project(tmp_path, mode=mode, driver=driver))
        follow_recipe(recipe, project, driverless(url), monkeypatch)
        project.run("upgrade", "head")
        assert_migrated(url)


def test_url_of_pydantic_is_returned_as_str(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database("postgresql+psycopg", tmp_path) as url:
        project = first_revision(new_project(tmp_path, driver="postgresql+psycopg"))
        follow_recipe("pydantic-settings", project, driverless(url), monkeypatch)
        settings, hooks = project.models.parent / "settings.py", project.migrations / "hooks.py"
        settings.write_text(settings.read_text().replace("SecretStr", "PostgresDsn"))
        secret, plain = "Settings().database_url.get_secret_value()", "Settings().database_url"
        hooks.write_text(hooks.read_text().replace(secret, plain))
        with pytest.raises(CommandError, match=r"hooks\.py returns PostgresDsn, not str or URL"):
            project.run("upgrade", "head")
        hooks.write_text(hooks.read_text().replace(plain, f"str({plain})"))
        project.run("upgrade", "head")
        assert_migrated(url)


@pytest.mark.parametrize("name", ["DATABASE_URL", "MIGRATIONS_DATABASE_URL"])
def test_environment_wins_over_a_dotenv_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = first_revision(new_project(tmp_path))
    follow_recipe("python-dotenv", project, f"sqlite:///{tmp_path}/file.db", monkeypatch)
    monkeypatch.setenv(name, f"sqlite:///{tmp_path}/environment.db")
    project.run("upgrade", "head")
    assert [path.name for path in tmp_path.glob("*.db")] == ["environment.db"]


def test_dotenv_file_may_have_a_url_for_the_migrations_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = first_revision(new_project(tmp_path))
    follow_recipe("python-dotenv", project, f"sqlite:///{tmp_path}/application.db", monkeypatch)
    with (project.path / ".env").open("a") as file:
        file.write(f"MIGRATIONS_DATABASE_URL=sqlite:///{tmp_path}/migrations.db\n")
    project.run("upgrade", "head")
    assert [path.name for path in tmp_path.glob("*.db")] == ["migrations.db"]


@contextmanager
def role(url: URL, password: str) -> Iterator[URL]:
    """Make a role that may migrate the database; it must be dropped before the role is."""
    name, quoted = f"r_{uuid.uuid4().hex[:16]}", password.replace("%", "%%")
    create, drop = {
        "postgresql": ("CREATE ROLE {} SUPERUSER LOGIN PASSWORD '{}'", "DROP ROLE {}"),
        "mysql": ("GRANT ALL ON *.* TO {}@'%%' IDENTIFIED BY '{}'", "DROP USER {}@'%%'"),
    }[url.get_backend_name()]
    with admin_engine(server_of(url.get_backend_name())).connect() as admin:
        admin.exec_driver_sql(create.format(name, quoted))
        try:
            yield url.set(username=name, password=password)
        finally:
            admin.exec_driver_sql(drop.format(name))


@contextmanager
def secret_manager(make_role: Callable[[], URL]) -> Iterator[tuple[str, list[str]]]:
    """Serve a role for each request, as Vault does; yields the address and the roles' names."""
    served: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers["X-Vault-Token"] == "a-token"
            found = self.path == "/v1/database/creds/migrations"
            self.send_response(200 if known and found else 403)
            self.end_headers()
            if known and found:
                url = make_role()
                served.append(str(url.username))
                data = {"username": url.username, "password": url.password}
                self.wfile.write(json.dumps({"lease_duration": 60, "data": data}).encode())

        def log_message(self, *_: object) -> None:
            """Keep the tests' output short."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", served
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("mode", "driver"), OF_SERVERS)
def test_secret_manager_makes_one_role_for_a_run_and_it_migrates(
    mode: str, driver: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as roles, database(driver, tmp_path) as url:

        def make_role() -> URL:
            return roles.enter_context(role(url, f"{uuid.uuid4().hex}%/@"))

        with secret_manager(make_role) as (address, served):
            monkeypatch.setenv("VAULT_ADDR", address)
            monkeypatch.setenv("VAULT_TOKEN", "a-token")
            place = url.set(username=None, password=None)
            project = first_revision(new_project(tmp_path, place, mode=mode, driver=driver))
            follow(RECIPES["A secret manager"], project)
            project.run("upgrade", "head")
            assert_migrated(url)
            assert len(served) == 1
            monkeypatch.setenv("VAULT_TOKEN", "hunter2")
            with pytest.raises(CommandError) as error:
                project.run("current")
            assert str(error.value) == (
                "database_url() in hooks.py failed with HTTPError; alembic --raiseerr shows where"
            )
            assert isinstance(error.value.__cause__, HTTPError)
            error.value.__cause__.close()


@pytest.mark.parametrize(("mode", "driver"), OF_SERVERS)
def test_token_is_the_password(
    mode: str, driver: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = f"db.example.com:5432/?Action=connect&X-Amz-Signature={uuid.uuid4().hex}%2F+=="
    with ExitStack() as roles, database(driver, tmp_path) as url:
        of_role = roles.enter_context(role(url, token))
        options = f"--hostname {url.host} --port {url.port} --username {of_role.username}"
        aws = tmp_path / "bin" / "aws"
        aws.parent.mkdir()
        aws.write_text(
            f'#!/bin/sh\n[ "$*" = "rds generate-db-auth-token {options}" ] && echo "{token}"\n'
        )
        aws.chmod(0o755)
        place = of_role.set(password=None)
        project = first_revision(new_project(tmp_path, place, mode=mode, driver=driver))
        follow(RECIPES["A token in place of the password"], project)
        monkeypatch.setenv("PATH", f"{aws.parent}{os.pathsep}{os.environ['PATH']}")
        project.run("upgrade", "head")
        assert_migrated(url)


# --- Its place among the sources ------------------------------------------------------------


def returns(project: Project, expression: str) -> None:
    """Let database_url() note that it was called, and return what the expression says."""
    note = (
        f"with open({str(project.path / 'calls')!r}, 'a') as file:\n        file.write('called ')"
    )
    hooks = project.migrations / "hooks.py"
    function = f"def database_url():\n    {note}\n    return {expression}\n"
    hooks.write_text(f"{hooks.read_text()}\n{function}")


def calls(project: Project) -> int:
    """Count how often database_url() was called."""
    file = project.path / "calls"
    return file.read_text().count("called") if file.exists() else 0


@pytest.fixture(params=[new_project, existing_project])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """Render a project whose database_url() names hook.db, in an environment that names another."""
    kind: Callable[..., Project] = request.param
    project = first_revision(kind(tmp_path, make_url(f"sqlite:///{tmp_path}/application.db")))
    returns(project, repr(f"sqlite:///{tmp_path}/hook.db"))
    return project


def databases_of(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*.db")]


def test_hook_is_called_once_and_wins_over_the_application_s_variable(
    project: Project, tmp_path: Path
) -> None:
    project.run("upgrade", "head")
    assert databases_of(tmp_path) == ["hook.db"]
    assert calls(project) == 1


def test_variable_for_the_migrations_wins_over_the_hook(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIGRATIONS_DATABASE_URL", f"sqlite:///{tmp_path}/migrations.db")
    project.run("upgrade", "head")
    assert databases_of(tmp_path) == ["migrations.db"]
    assert calls(project) == 0


def test_config_wins_over_the_hook(project: Project, tmp_path: Path) -> None:
    project.configured_url = f"sqlite:///{tmp_path}/config.db"
    project.run("upgrade", "head")
    assert databases_of(tmp_path) == ["config.db"]
    assert calls(project) == 0


def test_commands_that_do_not_connect_do_not_call_the_hook(
    project: Project, tmp_path: Path
) -> None:
    project.run("upgrade", "head", sql=True)
    project.run("heads")
    project.run("history")
    project.run("revision", message="empty")
    assert calls(project) == 0
    assert databases_of(tmp_path) == []


@pytest.mark.parametrize(("mode", "driver"), OF_SERVERS)
def test_one_run_calls_the_hook_once_for_both_connections(
    mode: str, driver: str, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as url:
        project = first_revision(new_project(tmp_path, mode=mode, driver=driver))
        returns(project, repr(driverless(url)))
        project.run("upgrade", "head")
        assert_migrated(url)
        assert calls(project) == 1


def test_settings_are_imported_by_the_commands_that_ask_them_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = first_revision(new_project(tmp_path))
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")

    def imported(*arguments: str) -> set[str]:
        result = project.interpreter(*arguments)
        assert result.returncode == 0, result.stderr
        assert "alembic.config" in result.stderr
        return {name for name in LIBRARIES if f" {name}\n" in result.stderr}

    assert imported("upgrade", "head") == set()
    follow_recipe("pydantic-settings", project, f"sqlite:///{tmp_path}/hook.db", monkeypatch)
    assert imported("upgrade", "head", "--sql") == set()
    assert "pydantic_settings" in imported("current")


# --- What is said of a bad one --------------------------------------------------------------

ELSEWHERE = "alembic --raiseerr shows where"


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("int('hunter2')", f"database_url() in hooks.py failed with ValueError; {ELSEWHERE}"),
        (
            "__import__('os').environ['hunter2']",
            f"database_url() in hooks.py failed with KeyError; {ELSEWHERE}",
        ),
        (
            "exec(\"from alembic.util import CommandError; raise CommandError('Log in first')\")",
            "Log in first",
        ),
        ("None", "database_url() in hooks.py returns NoneType, not str or URL"),
        ("b'hunter2'", "database_url() in hooks.py returns bytes, not str or URL"),
        (
            "'mysql://user:hunter2@localhost/app'",
            (
                "database_url() in hooks.py is for mysql, but these migrations are for PostgreSQL: "
                "unset it, or set MIGRATIONS_DATABASE_URL"
            ),
        ),
        (
            "'postgresql://user:an@hunter2@localhost/app'",
            (
                "database_url() in hooks.py is not a database URL such as postgresql+{driver}://"
                "user:password@host/database, special characters in the password percent-encoded "
                "(%40 for @)"
            ),
        ),
    ],
)
@pytest.mark.parametrize(("mode", "driver"), [("sync", "psycopg"), ("async", "asyncpg")])
def test_bad_hook_ends_in_one_line_without_a_password(
    mode: str, driver: str, expression: str, said: str, tmp_path: Path
) -> None:
    project = new_project(tmp_path, mode=mode, driver=f"postgresql+{driver}")
    returns(project, expression)
    with pytest.raises(CommandError) as error:
        project.run("current")
    assert str(error.value) == said.replace("{driver}", driver)


def test_bad_hook_ends_the_command_in_one_line(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    returns(project, "int('hunter2')")
    result = project.cli("current")
    assert result.returncode != 0
    assert " ".join((result.stdout + result.stderr).split()) == (
        f"FAILED: database_url() in hooks.py failed with ValueError; {ELSEWHERE}"
    )
