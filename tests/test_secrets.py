"""No password shows, whatever happens, and any password works (promise 1)."""

from __future__ import annotations

import asyncio
import logging
import traceback
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from alembic.util import CommandError
from sqlalchemy import URL, create_engine, make_url, pool
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from support import template
from support.databases import admin_engine, database, missing, missing_driver, server_of
from support.migrations import Project, new_project

DRIVERS = [
    (mode, driver)
    for mode, driver in template.MODES_AND_DRIVERS
    if driver.split("+")[0] in ("postgresql", "mysql", "mariadb")
]
# These encode a password in Latin-1, whatever the server's character set is.
LATIN_1 = [pair for pair in DRIVERS if pair[1].endswith(("+pymysql", "+aiomysql", "+asyncmy"))]

SECRET = "hunter2"  # noqa: S105 # a part of each password here, and of nothing else
PASSWORD = f"{SECRET}% @:/#?&+;='{SECRET}"
NON_ASCII = "äß€"
BAD_URLS = [
    "{secret}",
    "user:{secret}@host/db",
    "postgresql:/user:{secret}@host/db",
    "postgresql//user:{secret}@host/db",
    "postgresql://user:{secret}@host:port/db",
    "postgresql://user:{secret}",
    "postgresql://user:p@{secret}@127.0.0.1:1/db",
    "postgresql://user:p@{secret}/more@127.0.0.1:1/db",
    "postgresql://user:p@{secret}?more@127.0.0.1:1/db",
    "postgresql://user:p@127.0.0.1:1/{secret}@127.0.0.1:1/db",
    "postgresql://user:p@127.0.0.1:{secret}@host/db",
    "postgresql://user:{secret}/more@127.0.0.1:1/db",
    "postgresql://user:{secret}?more@127.0.0.1:1/db",
    "postgresql://user:{secret}#more@127.0.0.1:1/db",
    "postgresql://user:{secret}%zz@127.0.0.1:1/db",
    "postgresql://127.0.0.1:1/db?user=user&password={secret}",
    "postgresql://user:{secret}@127.0.0.1:1,127.0.0.1:2/db",
    "postgresql://user:{secret}@127.0.0.1:1,127.0.0.1:port/db",
    "postgresql://user:p@{secret}@127.0.0.1:1,127.0.0.1:2/db",
    "postgresql://user:{secret},/more@127.0.0.1:1,127.0.0.1:2/db",
    "postgresql://user:p@{secret},/more@127.0.0.1:1,127.0.0.1:2/db",
    "postgresql://user:{secret}@127.0.0.1:1/db?sslmode=require&channel_binding=require",
    "unknown://user:{secret}@127.0.0.1:1/db",
    "postgresql+unknown://user:{secret}@127.0.0.1:1/db",
]


# A superuser each, who owns nothing but what is in a database that is dropped before.
CREATE = {
    "postgresql": ["CREATE ROLE {name} SUPERUSER LOGIN PASSWORD '{password}'"],
    "mysql": [
        "CREATE USER {name}@'%%' IDENTIFIED BY '{password}'",
        "GRANT ALL PRIVILEGES ON *.* TO {name}@'%%'",
    ],
}
DROP = {"postgresql": "DROP ROLE {name}", "mysql": "DROP USER {name}@'%%'"}


@contextmanager
def database_of_account(driver: str, folder: Path, password: str) -> Iterator[URL]:
    """Create a database, and an account with this password to whom its URL belongs."""
    dialect = driver.split("+", maxsplit=1)[0].replace("mariadb", "mysql")
    if reason := missing_driver(driver.removesuffix(template.ON_MYSQL)):
        missing(reason)
    name = f"u_{uuid.uuid4().hex[:16]}"
    with ExitStack() as stack:
        connection = stack.enter_context(admin_engine(server_of(driver)).connect())
        quoted = password.replace("%", "%%").replace("'", "''")
        for statement in CREATE[dialect]:
            connection.exec_driver_sql(statement.format(name=name, password=quoted))
        stack.callback(connection.exec_driver_sql, DROP[dialect].format(name=name))
        with database(driver, folder) as url:
            yield url.set(username=name, password=password)


def texts_of(error: BaseException | None) -> Iterator[str]:
    """Yield all that an exception and those before it say, as `--raiseerr` and loggers do."""
    if error:
        yield from traceback.format_exception(error)
        yield repr(error)
        yield repr(error.args)
        yield from texts_of(error.__cause__)
        if error.__context__ is not error.__cause__:
            yield from texts_of(error.__context__)


def assert_secret(
    project: Project,
    captured: pytest.CaptureFixture[str],
    logged: pytest.LogCaptureFixture,
    error: BaseException | None = None,
) -> None:
    """Assert that the secret is in no output, log, exception or file."""
    out, err = captured.readouterr()
    files = (path.read_text() for path in project.files)
    for said in (out, err, logged.text, *texts_of(error), *files):
        assert SECRET not in said


@pytest.mark.parametrize(
    ("mode", "driver"), [*DRIVERS, *template.MODES_AND_DRIVERS_ON_MYSQL], ids=str
)
def test_any_password_works_and_stays_secret(
    mode: str,
    driver: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    latin_1 = (mode, driver.removesuffix(template.ON_MYSQL)) in LATIN_1
    password = PASSWORD if latin_1 else PASSWORD + NON_ASCII
    with database_of_account(driver, tmp_path, password) as url:
        project = new_project(tmp_path, url, mode=mode, driver=driver)  # in DATABASE_URL
        project.autogenerate("create tables")
        project.run("upgrade", "head")
        encoded = quote(password, safe="")
        written = (
            f"{url.drivername}://{url.username}:{encoded}@{url.host}:{url.port}/{url.database}"
        )
        project.url, project.configured_url = None, written.replace("%", "%%")  # for configparser
        project.run("check")
        assert "(head)" in project.run("current", verbose=True)
        assert_secret(project, capfd, caplog)


@pytest.mark.parametrize(("mode", "driver"), DRIVERS, ids=str)
def test_password_stays_secret_when_the_connection_fails(
    mode: str,
    driver: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    project = new_project(tmp_path, mode=mode, driver=driver)
    with database(driver, tmp_path) as url:
        right = url.set(username="someone", password=PASSWORD + NON_ASCII)
        ascii_only = right.set(password=PASSWORD)
        for project.url in (
            right,
            ascii_only,
            ascii_only.set(port=1),
            ascii_only.set(host="host.invalid"),
            ascii_only.set(query={"unknown": "option"}),
            ascii_only.set(username=None, password=None, query={"password": PASSWORD}),
        ):
            with pytest.raises(CommandError) as error:
                project.run("upgrade", "head")
            assert_secret(project, capfd, caplog, error.value)


@pytest.mark.parametrize("variable", ["DATABASE_URL", "sqlalchemy.url"])
def test_password_stays_secret_in_a_bad_url(
    variable: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    project = new_project(tmp_path, driver="postgresql+psycopg")
    for url in BAD_URLS:
        written = url.format(secret=SECRET)
        if variable == "sqlalchemy.url":
            project.configured_url = written.replace("%", "%%")
        else:
            monkeypatch.setenv(variable, written)
        with pytest.raises(CommandError) as error:
            project.run("upgrade", "head")
        assert_secret(project, capfd, caplog, error.value)


@pytest.mark.parametrize(("mode", "driver"), LATIN_1, ids=str)
def test_password_beyond_latin_1_is_refused_where_the_driver_can_not_send_it(
    mode: str, driver: str, tmp_path: Path
) -> None:
    with database_of_account(driver, tmp_path, f"{SECRET}€") as url:
        project = new_project(tmp_path, url, mode=mode, driver=driver)
        with pytest.raises(CommandError, match=r"can't send a password .* beyond Latin-1"):
            project.run("current")
        with pytest.raises(UnicodeEncodeError):
            connect(mode, url)
    # Encoded in Latin-1, it is not the one that the server knows.
    with (
        database_of_account(driver, tmp_path, f"{SECRET}ä") as url,
        pytest.raises(OperationalError, match="denied"),
    ):
        connect(mode, url)


def connect(mode: str, url: URL) -> None:
    """Connect as SQLAlchemy does by itself."""
    if mode == "sync":
        create_engine(url, poolclass=pool.NullPool).connect().close()
        return

    async def connect_and_close() -> None:
        async with create_async_engine(url, poolclass=pool.NullPool).connect():
            pass

    asyncio.run(connect_and_close())


@pytest.mark.parametrize("mode", template.choices("mode"))
def test_password_stays_secret_on_the_command_line(mode: str, tmp_path: Path) -> None:
    driver = "postgresql+psycopg"
    with database_of_account(driver, tmp_path, PASSWORD + NON_ASCII) as url:
        project = new_project(tmp_path, url, mode=mode, driver=driver)
        results = [project.cli("revision", "--autogenerate", "-m", "new")]
        results.append(project.cli("upgrade", "head"))
        assert [result.returncode for result in results] == [0, 0]
        project.url = make_url(url).set(password=f"{SECRET}wrong")
        results.append(project.cli("--raiseerr", "current"))
        assert "Traceback" in results[-1].stderr
        for result in results:
            assert SECRET not in result.stdout + result.stderr
