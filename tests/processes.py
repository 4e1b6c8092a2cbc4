"""Alembic's command line in processes of their own that start within milliseconds.

They are forked from one that has imported Alembic and the drivers and has no thread and no
connection, so sixteen of them meet without a barrier, and fifty cost what one did.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import TYPE_CHECKING

from alembic.config import main

if TYPE_CHECKING:
    from migrations import Project

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        "alembic.command",
        "alembic.config",
        "sqlalchemy.ext.asyncio",
        *(f"sqlalchemy.dialects.{name}" for name in ("sqlite", "postgresql", "mysql")),
        *("aiosqlite", "psycopg", "psycopg2", "pg8000", "asyncpg"),
        *("pymysql", "MySQLdb", "mysql.connector", "mariadb", "aiomysql", "asyncmy"),
    ]
)


def start(project: Project, *arguments: str, output: Path) -> ForkServerProcess:
    """Start `alembic` with these arguments; what it prints goes into the file."""
    environment = project.environment()
    process = CONTEXT.Process(
        target=_alembic, args=(arguments, project.path, environment, output), daemon=True
    )
    process.start()
    return process


def _alembic(
    arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str], output: Path
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    with output.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    main(arguments)  # ends with SystemExit and so with its code
