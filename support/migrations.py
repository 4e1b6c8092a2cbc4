"""A rendered project and Alembic's commands on it, in this process or through the real CLI."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import io
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, MetaData

from support import processes, template


@dataclass
class Project:
    """A rendered project, and the database that DATABASE_URL names for its commands."""

    path: Path
    answers: dict[str, str]
    url: URL | None = None
    configured_url: str = ""  # as set_main_option() puts it into the Config
    change: list[Path] = field(default_factory=list)  # the revisions that were written last

    @property
    def migrations(self) -> Path:
        """The migrations directory."""
        return template.migrations_path(self.path, self.answers)

    @property
    def models(self) -> Path:
        """The models package."""
        return template.package_path(self.path, self.answers) / "models"

    @property
    def files(self) -> list[Path]:
        """The project's files, without what Python and ruff keep for themselves."""
        return sorted(
            path
            for path in self.path.rglob("*")
            if path.is_file() and not {"__pycache__", ".ruff_cache"} & set(path.parts)
        )

    @property
    def revisions(self) -> list[Path]:
        """The revisions' files, oldest first."""
        files = sorted((self.migrations / "versions").glob("*.py"))
        # Two of the same second have their names in any order.
        return sorted(files, key=lambda file: (file.name[: len("YYYY_MM_DD_HHMMSS")], age(file)))

    def environment(self) -> dict[str, str]:
        """Return the environment of the commands: that of the tests and DATABASE_URL."""
        if self.url is None:
            return dict(os.environ)
        return {**os.environ, "DATABASE_URL": self.url.render_as_string(hide_password=False)}

    def config(self) -> Config:
        """Return a Config as an application makes one, with the output kept off the terminal."""
        file = self.path / self.answers["config"]
        kind = "file_" if file.suffix == ".ini" else "toml_file"
        options: dict[str, Any] = {kind: file}
        config = Config(**options, stdout=io.StringIO(), output_buffer=io.StringIO())
        if self.configured_url:
            config.set_main_option("sqlalchemy.url", self.configured_url)
        return config

    def run(self, name: str, *arguments: Any, **options: Any) -> str:
        """Run a command of alembic.command in this process and return what it printed."""
        config = self.config()
        with self.imported():
            getattr(command, name)(config, *arguments, **options)
        buffers = (config.stdout, config.output_buffer)
        return "".join(each.getvalue() for each in buffers if isinstance(each, io.StringIO))

    def autogenerate(self, message: str) -> Path:
        """Write a revision from the models and return its file.

        It may stand between others, which do what is done outside a transaction, or when the
        old code is gone.
        """
        before = set(self.revisions)
        self.run("revision", message=message, autogenerate=True)
        self.change = [each for each in self.revisions if each not in before]
        if len(self.change) == 1:
            return self.change[0]
        said = [each.read_text().partition("\n")[0] for each in self.change]
        for first in (f'"""{message}', f'"""contract: {message}'):
            if first in said:
                return self.change[said.index(first)]
        return self.change[0]

    def allow(self) -> None:
        """Let the revisions that were written last stop all who use a table."""
        allow(self.change)

    def metadata(self) -> MetaData:
        """Return the MetaData with every model on it, for use outside imported()."""
        with self.imported():
            sys.path.insert(0, str(self.models.parents[1]))
            package = self.answers["package"]
            for file in sorted(self.models.rglob("*.py")):
                if file.stem != "__init__":
                    __import__(f"{package}.models.{file.stem}")
            metadata = sys.modules[f"{package}.db"].Base.metadata
            assert isinstance(metadata, MetaData)
            return metadata

    @contextlib.contextmanager
    def imported(self) -> Iterator[None]:
        """Give the package and DATABASE_URL to the code inside, and forget both afterwards."""
        path, environment, last = list(sys.path), dict(os.environ), next(reversed(sys.modules))
        if sqlmodel := sys.modules.get("sqlmodel"):  # another project's models are on it
            sqlmodel.SQLModel.metadata.clear()
            sqlmodel.SQLModel._sa_registry.dispose()  # noqa: SLF001
        os.environ.update(self.environment().items() - environment.items())
        try:
            # Elsewhere than the project, because a user may be anywhere.
            with contextlib.chdir(self.path.parent):
                yield
        finally:
            sys.path[:] = path
            for name in os.environ.keys() - environment.keys():
                del os.environ[name]
            os.environ.update(environment.items() - os.environ.items())
            # They were imported after all that was there, which are thousands.
            new = itertools.takewhile(lambda name: name != last, reversed(sys.modules))
            for name in [n for n in new if n.partition(".")[0] == self.answers["package"]]:
                del sys.modules[name]

    def scripts(self) -> ScriptDirectory:
        """Return the revisions, which puts the project on the import path."""
        return ScriptDirectory.from_config(self.config())

    def cli(
        self, *arguments: str, cwd: Path | None = None, daemon: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run Alembic's command line with these arguments, in the project or in `cwd` with -c.

        A daemon can have no processes of its own.
        """
        command = self._command(arguments, cwd)
        return processes.run(command, cwd or self.path, self.environment(), daemon=daemon)

    def interpreter(
        self, *arguments: str, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Do the same in an interpreter of its own, that has imported nothing: this takes long."""
        return subprocess.run(
            [sys.executable, "-m", *self._command(arguments, cwd)],
            cwd=cwd or self.path,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def _command(self, arguments: tuple[str, ...], cwd: Path | None) -> tuple[str, ...]:
        where = [] if cwd is None else ["-c", str(self.path / self.answers["config"])]
        return ("alembic", *where, *arguments)


def age(revision: Path) -> int:
    """Return how many revisions beside this one come before it."""
    found = re.search(r"^Revises: (\w+)", revision.read_text(), re.MULTILINE)
    if not found:
        return 0
    # The identity is in the text: in a name, `mine` begins `mine_2` too.
    line = f"Revision ID: {found[1]}\n"
    before = (file for file in revision.parent.glob("*.py") if line in file.read_text())
    return 1 + max(map(age, before), default=0)


def allow(revisions: Iterable[Path]) -> None:
    """Let revisions stop all who use a table."""
    for file in revisions:
        said = file.read_text()
        file.write_text(said.replace('safe_because: str = ""', 'safe_because: str = "test"'))


def new_project(folder: Path, url: URL | None = None, **answers: str) -> Project:
    """Render a project named my-app below `folder`."""
    defaults = {
        "package": "my_app",
        "layout": "src",
        "directory": "migrations",
        "placement": "package",
        "config": "alembic.ini",
    }
    answers = defaults | answers
    path = folder / "my-app"
    if path.exists():
        template.render(path, **answers)
    else:
        put_rendered(answers, path)
    return Project(path, answers, url)


def put_rendered(answers: dict[str, str], path: Path) -> None:
    """Put a rendered project into a folder."""

    def copy(source: str, to: str) -> None:  # its times and mode take longer, and nobody asks
        with open(source, "rb", 0) as file, open(to, "wb", 0) as copied:  # noqa: PTH123
            copied.write(file.read())

    project = rendered(frozenset(answers.items()))
    shutil.copytree(project, path, copy_function=copy, dirs_exist_ok=True)


@cache
def rendered(answers: frozenset[tuple[str, str]]) -> Path:
    """Render a project once in a run of the tests: that takes longer than most commands."""
    shared = os.environ.get("RENDERED_PROJECTS")  # of all workers
    name = hashlib.sha256(repr(sorted(answers)).encode()).hexdigest()
    if shared and Path(shared, name).exists():
        return Path(shared, name)
    folder = Path(tempfile.mkdtemp(prefix="copier-alembic-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    project = template.render(folder / "my-app", **dict(answers))
    if not shared:
        return project
    with contextlib.suppress(OSError):  # another worker was quicker
        project.rename(Path(shared, name))
    return Path(shared, name)


def existing_project(folder: Path, url: URL | None = None, **answers: str) -> Project:
    """Render the migrations alone into a project named my-app that has models."""
    project = new_project(folder, url, **answers | {"project": "new"})
    shutil.rmtree(project.migrations)
    (project.path / project.answers["config"]).unlink()
    (project.path / ".copier-answers.yml").unlink()
    (project.models / "__init__.py").write_text("from my_app.db import Base as Base\n")
    return new_project(folder, url, **answers | {"project": "existing"})
