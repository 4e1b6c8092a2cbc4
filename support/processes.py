"""Python, with Alembic, Copier and pytest, in processes that start within milliseconds.

They are forked from one that has imported all three and the drivers and has no thread and no
connection, so sixteen of them meet without a barrier, and fifty cost what one did.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from io import TextIOWrapper
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from alembic.config import CommandLine
from copier.__main__ import CopierApp  # type: ignore[attr-defined] # as its script does

from support import template

if TYPE_CHECKING:
    from support.migrations import Project

PATH = [each for each in sys.path if each not in ("", str(template.ROOT))]  # of any Python here
ALEMBIC = CommandLine(prog="alembic")  # to put it together takes a sixth of a command
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        "alembic.command",
        "alembic.config",
        "copier.__main__",
        "support.processes",
        "sqlalchemy.ext.asyncio",
        *(f"sqlalchemy.dialects.{name}" for name in ("sqlite", "postgresql", "mysql")),
        *("aiosqlite", "psycopg", "psycopg2", "pg8000", "asyncpg"),
        *("pymysql", "MySQLdb", "mysql.connector", "mariadb", "aiomysql", "asyncmy"),
        "support.preloaded",
    ]
)


def start(project: Project, *arguments: str, output: Path) -> ForkServerProcess:
    """Start `alembic` with these arguments; what it prints goes into the file."""
    return start_command(project, ("alembic", *arguments), output)


def start_command(project: Project, command: tuple[str, ...], output: Path) -> ForkServerProcess:
    """Start a command as run() does, in the project; what it prints goes into the file."""
    return _start(command, project.path, project.environment(), (output, output))


def run(
    command: tuple[str, ...],
    folder: Path,
    environment: Mapping[str, str],
    *,
    merged: bool = False,
    daemon: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Run one of the three, or `python` with -m, -c or a file, and return what it printed.

    What it prints on stderr is where it belongs in stdout if these are merged. A daemon can have
    no processes of its own.
    """
    with tempfile.TemporaryDirectory() as scratch:
        stdout, stderr = Path(scratch, "stdout"), Path(scratch, "stderr")
        stderr.touch()
        output = stdout, stdout if merged else stderr
        process = _start(command, folder, environment, output, daemon=daemon)
        process.join()
        code = process.exitcode
        assert code is not None
        return subprocess.CompletedProcess(command, code, stdout.read_text(), stderr.read_text())


def _start(
    command: tuple[str, ...],
    folder: Path,
    environment: Mapping[str, str],
    output: tuple[Path, Path],
    *,
    daemon: bool = True,
) -> ForkServerProcess:
    _ensure_running()
    arguments = (command, folder, dict(environment), *output)
    process = CONTEXT.Process(target=_main, args=arguments, daemon=daemon)
    process.start()
    return process


class Upgrade:
    """A process that runs `alembic upgrade head`."""

    def __init__(self, project: Project, output: Path) -> None:
        """Start it; what it prints goes into the file."""
        self.output = output
        self.process: ForkServerProcess = start(project, "upgrade", "head", output=output)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds; the process must not end before."""
        while not condition():
            assert self.process.is_alive(), self.output.read_text()
            time.sleep(0.02)

    def waits_for_another(self) -> bool:
        """Return whether it has said that another process migrates."""
        said = self.output.read_text() if self.output.exists() else ""
        return "Waiting for another process" in said

    def end(self) -> tuple[int | None, list[str]]:
        """Return its exit code, and what it printed beside progress."""
        self.process.join()
        lines = self.output.read_text().splitlines()
        said = [line for line in lines if not line.startswith(("INFO", "WARNI"))]
        return self.process.exitcode, said


Start = Callable[["Project"], Upgrade]


@cache
def _ensure_running() -> None:
    """Start what the processes are forked from, where it finds these modules."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(template.ROOT))
        forkserver.ensure_running()


def _main(
    command: tuple[str, ...],
    folder: Path,
    environment: Mapping[str, str],
    stdout: Path,
    stderr: Path,
) -> None:
    # A run of the tests in the background ignores it, and so would the process.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    program, *arguments = sys.argv = list(command)
    # Not that of the tests, on which a project may be.
    sys.path = [*filter(None, environment.get("PYTHONPATH", "").split(os.pathsep)), *PATH]
    stdout.write_text("")
    for descriptor, path in ((1, stdout), (2, stderr)):
        with path.open("a") as file:
            os.dup2(file.fileno(), descriptor)
    for stream in (sys.stdout, sys.stderr):  # pytest may give the descriptor to another file
        cast("TextIOWrapper", stream).reconfigure(line_buffering=True)
    if program == "alembic":
        ALEMBIC.main(arguments)  # ends with SystemExit and so with its code
    elif program == "pytest":
        sys.exit(pytest.console_main())
    elif program == "copier":
        CopierApp.run(sys.argv)
    else:
        _python(folder, *arguments)


def _python(folder: Path, option: str, *arguments: str) -> None:
    file = folder / option  # or the folder of one
    if option == "-W":
        warnings.simplefilter(arguments[0])  # type: ignore[arg-type]
        _python(folder, *arguments[1:])
    elif option == "-m":
        sys.path.insert(0, str(folder))
        sys.argv = list(arguments)
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    elif option == "-c":
        sys.path.insert(0, str(folder))
        sys.argv = [option, *arguments[1:]]
        exec(arguments[0], {"__name__": "__main__"})  # noqa: S102 # as `python -c` does
    else:
        if file.is_file():
            sys.path.insert(0, str(file.parent))
        sys.argv = [option, *arguments]
        runpy.run_path(option, run_name="__main__")
