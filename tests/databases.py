"""Databases for the tests: a fresh one for each case, and what its catalogue says."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    inspect,
    make_url,
    pool,
    text,
)

from servers import SERVER_VARIABLES

# By SQLAlchemy's dialect: which server, and the driver that the tests themselves use on it.
SERVERS = {"postgresql": "postgresql", "mysql": "mariadb", "mariadb": "mariadb"}
PLAIN_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}


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


@cache
def admin_engine(server: str) -> Engine:
    """Return an engine of the server's superuser, which creates databases."""
    url = make_url(os.environ[SERVER_VARIABLES[server]])
    plain = PLAIN_DRIVERS[url.get_backend_name()]
    return create_engine(url.set(drivername=plain), isolation_level="AUTOCOMMIT")


@contextmanager
def database(driver: str, folder: Path) -> Iterator[URL]:
    """Create a database and drop it at the end. Yields its URL with `driver` in it."""
    if reason := missing_driver(driver):
        missing(reason)
    dialect, _ = driver.split("+")
    name = f"t_{uuid.uuid4().hex[:16]}"
    if dialect == "sqlite":
        yield URL.create(driver, database=str(folder / f"{name}.db"))
        return
    server = SERVERS[dialect]
    if SERVER_VARIABLES[server] not in os.environ:
        missing(os.environ[f"MISSING_{server.upper()}"])
    admin = admin_engine(server)
    options = "STRATEGY file_copy" if server == "postgresql" else ""
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} {options}"))
    try:
        yield admin.url.set(drivername=driver, database=name)
    finally:
        force = "WITH (FORCE)" if server == "postgresql" else ""
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} {force}"))


def plain_engine(url: URL) -> Engine:
    """Return an engine for the same database with the tests' own driver."""
    drivername = PLAIN_DRIVERS[url.get_backend_name()]
    return create_engine(url.set(drivername=drivername), poolclass=pool.NullPool)


def catalogue(connection: Connection) -> dict[str, Any]:
    """Return what the database says of its tables: all but Alembic's own, in a stable order."""
    inspector = inspect(connection)
    tables = {}
    for table in inspector.get_table_names():
        if table == "alembic_version":
            continue
        tables[table] = {
            "columns": [
                {**column, "type": str(column["type"])} for column in inspector.get_columns(table)
            ],
            "primary key": inspector.get_pk_constraint(table),
            "foreign keys": _sorted(inspector.get_foreign_keys(table)),
            "indexes": _sorted(inspector.get_indexes(table)),
            "unique": _sorted(inspector.get_unique_constraints(table)),
            "checks": _sorted(inspector.get_check_constraints(table)),
        }
    enums = inspector.get_enums() if hasattr(inspector, "get_enums") else []
    return {"tables": tables, "enums": enums}


def _sorted(constraints: list[Any]) -> list[Any]:
    return sorted(constraints, key=lambda constraint: str(constraint["name"]))


EMPTY: dict[str, Any] = {"tables": {}, "enums": []}


def catalogue_of(url: URL) -> dict[str, Any]:
    """Return the catalogue of the database at `url`."""
    with plain_engine(url).connect() as connection:
        return catalogue(connection)


def run_script(url: URL, sql: str) -> None:
    """Run a script of several statements, each ended by a semicolon at a line's end."""
    with plain_engine(url).connect() as connection:
        dbapi: Any = connection.connection.dbapi_connection
        if url.get_backend_name() == "sqlite":
            dbapi.executescript(sql)
        elif url.get_backend_name() == "postgresql":
            dbapi.autocommit = True
            dbapi.execute(sql)
        else:
            with dbapi.cursor() as cursor:
                for statement in sql.split(";\n"):
                    if statement.strip():
                        cursor.execute(statement)
            dbapi.commit()
