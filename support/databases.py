"""Databases for the tests: a fresh one for each case."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    URL,
    Engine,
    create_engine,
    inspect,
    make_url,
    pool,
    text,
)

from support.servers import STARTERS, variable
from support.template import ON_MYSQL

# By SQLAlchemy's dialect: the driver of the tests themselves.
PLAIN_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "mssql": "mssql+pyodbc",
    "oracle": "oracle+oracledb",
}

# By server: how its superuser makes and drops a database. What is said of SQL Server and Oracle in
# this file was not run here.
CREATE = {
    "postgresql": ["CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"],
    "extensions": ["CREATE DATABASE {name} STRATEGY file_copy"],
    "mariadb": ["CREATE DATABASE {name}"],
    "mysql": ["CREATE DATABASE {name}"],
    "mssql": ["CREATE DATABASE {name}"],
    "oracle": [  # a user is a schema; in the tablespace "system" SQLAlchemy would see no tables
        "CREATE USER {name} IDENTIFIED BY {name} DEFAULT TABLESPACE users QUOTA UNLIMITED ON users",
        "GRANT CONNECT, RESOURCE TO {name}",
    ],
}
DROP = {
    "postgresql": ["DROP DATABASE {name} WITH (FORCE)"],
    "extensions": ["DROP DATABASE {name} WITH (FORCE)"],
    "mariadb": ["DROP DATABASE {name}"],
    "mysql": ["DROP DATABASE {name}"],
    "mssql": [
        "ALTER DATABASE {name} SET SINGLE_USER WITH ROLLBACK IMMEDIATE",
        "DROP DATABASE {name}",
    ],
    "oracle": ["DROP USER {name} CASCADE"],
}


def server_of(driver: str) -> str:
    """Return the kind of server for the driver, or "sqlite"."""
    if driver.endswith(ON_MYSQL):
        return "mysql"
    dialect = driver.split("+", maxsplit=1)[0]
    return "mariadb" if dialect == "mysql" else dialect


def has_server(driver: str) -> bool:
    """Tell whether there is a server for the driver: none needed, a private one or one named."""
    server = server_of(driver)
    return server in ("sqlite", *STARTERS) or variable(server) in os.environ


def missing(reason: str) -> None:
    """Skip the test, or fail it with CI=true; the reason stands at the end of the run."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(f"missing: {reason}", pytrace=False)
    pytest.skip(f"missing: {reason}")


@cache
def missing_driver(driver: str) -> str | None:
    """Return why the DBAPI of `dialect+driver` can't be imported, or None."""
    try:
        make_url(f"{driver}://").get_dialect().import_dbapi()
    except ImportError as error:
        return f"{driver}: {error}"
    return None


def server_url(server: str) -> URL:
    """Return the URL of the server's superuser, without a driver."""
    told = Path(os.environ.get("EXTENSIONS_FILE", ""))
    if server == "extensions" and told.is_file():  # started after this process
        os.environ.update(json.loads(told.read_text()))
    if variable(server) not in os.environ:
        missing(os.environ.get(f"MISSING_{server.upper()}", f"{variable(server)} is not set"))
    return make_url(os.environ[variable(server)])


@cache
def admin_engine(server: str) -> Engine:
    """Return an engine of the server's superuser, which creates databases."""
    url = server_url(server)
    plain = PLAIN_DRIVERS[url.get_backend_name()]
    return create_engine(url.set(drivername=plain), isolation_level="AUTOCOMMIT")


@contextmanager
def database(
    driver: str, folder: Path, server: str = "", template: str = "template1"
) -> Iterator[URL]:
    """Create a database and drop it at the end. Yields its URL with `driver` in it.

    It is on the driver's server, if `server` does not name another. On PostgreSQL's own it is a
    copy of `template`.
    """
    server = server or server_of(driver)
    driver = driver.removesuffix(ON_MYSQL)
    if reason := missing_driver(driver):
        missing(reason)
    name = f"t_{uuid.uuid4().hex[:16]}"
    if server == "sqlite":
        yield URL.create(driver, database=str(folder / f"{name}.db"))
        return
    admin = admin_engine(server)
    url = admin.url.set(drivername=driver)

    def execute(statements: list[str]) -> None:
        with admin.connect() as connection:
            for statement in statements:
                connection.execute(text(statement.format(name=name, template=template)))

    execute(CREATE[server])
    try:
        if server == "oracle":
            yield url.set(username=name, password=name)
        else:
            yield url.set(database=name)
    finally:
        for each in [each for each in _lasting if each.database == name]:
            _lasting.pop(each).dispose()
        execute(DROP[server])


until_the_end = ExitStack()  # what is closed when all tests have run


@cache
def with_hstore() -> str:
    """Create a database that has hstore, once: to copy it takes no longer than to have none."""
    url = until_the_end.enter_context(database("postgresql+psycopg", Path()))
    run_script(url, "CREATE EXTENSION hstore")
    return str(url.database)


def need_extensions(url: URL, *extensions: str) -> None:
    """Skip the test where PostgreSQL has not all of these."""
    with plain_engine(url).connect() as connection:
        there = {*connection.scalars(text("SELECT name FROM pg_available_extensions"))}
    for extension in {*extensions} - there:
        missing(f"{extension} is missing: run scripts/install-debian-packages")


@lru_cache(maxsize=20)
def plain_engine(url: URL) -> Engine:
    """Return an engine for the same database with the tests' own driver.

    It keeps no connection, but what the server said of itself to the first.
    """
    drivername = PLAIN_DRIVERS[url.get_backend_name()]
    return create_engine(url.set(drivername=drivername), poolclass=pool.NullPool)


_lasting: dict[URL, Engine] = {}


def lasting_engine(url: URL) -> Engine:
    """Return the same with one connection, which stays until database() drops the database.

    It is for who looks often: on a server, connecting takes as long as five queries.
    """
    if url.get_backend_name() not in ("postgresql", "mysql", "mariadb"):
        return plain_engine(url)
    if url not in _lasting:
        plain = url.set(drivername=PLAIN_DRIVERS[url.get_backend_name()])
        options: dict[str, Any] = {}
        if plain.drivername.endswith("psycopg"):
            # A prepared statement would not survive a change of its table. To ask for hstore takes
            # half as long as to connect.
            options = {"connect_args": {"prepare_threshold": None}, "use_native_hstore": False}
        _lasting[url] = create_engine(plain, pool_size=1, **options)
    return _lasting[url]


def table_names(url: URL) -> set[str]:
    """Return the names of the tables, but for Alembic's own."""
    with lasting_engine(url).connect() as connection:
        return {*inspect(connection).get_table_names()} - {"alembic_version"}


# By SQLAlchemy's dialect: what separates statements in Alembic's --sql output, if no semicolon.
SEPARATORS = {"mssql": "\nGO\n", "oracle": "\n/\n"}


def run_script(url: URL, sql: str) -> None:
    """Run a script of several statements, separated as in Alembic's --sql output."""
    backend = url.get_backend_name()
    with plain_engine(url).connect() as connection:
        dbapi: Any = connection.connection.dbapi_connection
        if backend in ("postgresql", "mssql"):
            dbapi.autocommit = True  # the script begins and commits by itself
        if backend == "sqlite":
            dbapi.executescript(sql)
        elif backend == "postgresql":
            dbapi.execute(sql)
        else:
            with dbapi.cursor() as cursor:
                for statement in sql.split(SEPARATORS.get(backend, ";\n")):
                    if statement.strip():
                        cursor.execute(statement)
                        while backend == "mssql" and cursor.nextset():
                            pass  # the rest of the batch runs, or fails, as it is fetched
            dbapi.commit()
