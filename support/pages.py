"""The examples of the pages in docs/, followed as they are written."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from support import processes, shell, template
from support.databases import plain_engine
from support.migrations import Project

DOCS = template.ROOT / "docs"
# What needs no shell, and starts at once.
NO_SHELL = r"(alembic|python -m my_app\.migrations) [-+\w=:/@. ]+(\"[\w ]+\")?"


def sections(page: str) -> dict[str, str]:
    """Return a page's text by its headings of the second level."""
    parts = re.split(r"^## (.*)\n", (DOCS / page).read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield the fenced blocks, each with its language."""
    for block in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield block[1], block[2]


def follow(text: str, project: Project) -> str:
    """Write the text's files, execute its SQL, and type what stands in its consoles.

    A file's first line is a comment with its path; its block is put at the end of a file that is
    there. What a command prints must be as shown, where "..." stands for anything; if nothing is
    shown, anything will do. A command fails if and only if what is shown says FAILED.

    Returns all that was printed.
    """
    followed = list(blocks(text))
    assert followed
    printed = ""
    for language, block in followed:
        if language == "console":
            for command, shown in re.findall(r"^\$ (.*)\n((?:[^$].*\n|\n)*)", block, re.MULTILINE):
                printed += type_in(project, command, shown)
        elif language == "sql":
            execute(project, block)
        else:
            path = re.match(r"# (\S+)\n", block)
            assert path, block
            file = project.path / path[1]
            before = file.read_text() if file.exists() else ""
            file.write_text(before + block)
    return printed


def execute(project: Project, statements: str) -> None:
    """Execute SQL on the project's database, a statement to a line and each by itself."""
    assert project.url
    engine = plain_engine(project.url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements.splitlines():
            connection.exec_driver_sql(statement)


def type_in(project: Project, command: str, shown: str) -> str:
    """Run a command line in the project, compare what it prints, and return that."""
    output = project.path.parent / "output"
    if re.fullmatch(NO_SHELL, command):
        process = processes.start_command(project, tuple(shlex.split(command)), output)
        process.join()
        code = process.exitcode
    else:
        code = in_a_shell(project, command, output)
    printed = output.read_text()
    said = f"$ {command}\n{printed}"
    assert (code != 0) == ("FAILED" in shown), said
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert not shown or doctest.OutputChecker().check_output(shown, printed, flags), said
    return printed


def in_a_shell(project: Project, command: str, output: Path) -> int:
    """Run a command line with bash and return its exit code; what it prints goes into the file."""
    environment = {**project.environment(), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    # Not pytest: it minds what is imported.
    quick, others = shell.scripts(("alembic", "python")), sysconfig.get_path("scripts")
    environment["PATH"] = os.pathsep.join((quick, others, environment["PATH"]))
    with output.open("w") as file:
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=project.path,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
