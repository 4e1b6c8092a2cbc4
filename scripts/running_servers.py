"""The servers of a run that is none of pytest's."""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from support import servers
from support.databases import admin_engine, server_of

TITLES = {"postgresql": "PostgreSQL", "mariadb": "MariaDB"}


@contextmanager
def running_servers() -> Iterator[None]:
    """Start the servers that no variable names; one that is missing is said and left out."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        for kind in TITLES:
            try:
                server = servers.STARTERS[kind](Path(folder))
            except servers.Unavailable as error:
                print(error)
            else:
                stack.callback(server.stop)
                os.environ[servers.variable(kind)] = server.url
        yield


def runs(driver: str) -> bool:
    """Tell whether there is a server for the driver, if it needs one."""
    server = server_of(driver)
    return server == "sqlite" or servers.variable(server) in os.environ


def software() -> list[str]:
    """Return Python, SQLite and the servers, with versions."""
    found = [f"Python {sys.version.split()[0]}", f"SQLite {sqlite3.sqlite_version}"]
    for kind, title in TITLES.items():
        if servers.variable(kind) in os.environ:
            with admin_engine(kind).connect() as connection:
                version = ".".join(map(str, connection.dialect.server_version_info or ()))
            found.append(f"{title} {version}")
    return found
