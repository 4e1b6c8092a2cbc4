"""A package on a database, three times: create_all(), the stock env.py, and ours."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from scripts.circle import RENDERS, Circle
from scripts.corpus.packages import DRIVERS, Package
from scripts.worker import Failure, Worker
from support import template
from support.contents import contents, difference


@dataclass
class Project(Circle):
    """A project whose models are those of a package."""

    package: Package

    @property
    def statements(self) -> list[str]:
        """What the package says that a database needs."""
        if self.driver == DRIVERS["postgresql"]:
            return [f"CREATE EXTENSION {name}" for name in self.package.extensions]
        if self.driver == DRIVERS["mysql"] and self.package.charset:
            return [f"ALTER DATABASE CHARACTER SET {self.package.charset}"]
        return []

    @property
    def dialect(self) -> str:
        """As the package wants it."""
        return self.package.dialect


class CreateAll(Project):
    """No project: the tables without Alembic. What a database refuses, no migration can make."""

    def make(self, url: URL) -> None:
        """Make the tables."""
        self.package.write_sample(self.folder)
        script = self.folder / "create_all.py"
        script.write_text(CREATE_ALL.format(package=self.package))
        self.worker.run(self.folder, "create_all", self.environment(url), script=str(script))


CREATE_ALL = """\
import os
import sqlalchemy
{package.setup}
{package.import_models}{package.import_line}
target = {package.target_metadata}
engine = sqlalchemy.create_engine(os.environ["DATABASE_URL"])
with engine.begin() as connection:
    for metadata in target if isinstance(target, list) else [target]:
        if connection.dialect.name == "postgresql":
            for schema in {{table.schema for table in metadata.tables.values()}} - {{None}}:
                connection.execute(sqlalchemy.schema.CreateSchema(schema, if_not_exists=True))
        metadata.create_all(connection)
"""


class Stock(Project):
    """What `alembic init` writes."""

    def make(self, url: URL) -> None:
        """Make the project, and fill in what its comments ask for."""
        self.alembic("init", url, "init", "migrations")
        self.package.write_sample(self.folder)
        ini = self.folder / "alembic.ini"
        shown = self.users_url(url).replace("%", "%%")
        ini.write_text(
            re.sub("(?m)^sqlalchemy.url = .*", f"sqlalchemy.url = {shown}", ini.read_text())
        )
        env = self.folder / "migrations" / "env.py"
        head, tail = env.read_text().split("target_metadata = None")
        filled = f"{self.package.import_models}{self.package.import_line}\n"
        filled += f"target_metadata = {self.package.target_metadata}"
        env.write_text(f"{self.package.setup}\n{head}{filled}{tail}")


class Ours(Project):
    """The template, in a project that is there."""

    def make(self, _: URL) -> None:
        """Render it, and fill in hooks.py."""
        with RENDERS:
            template.render(
                self.folder,
                project="existing",
                package="sample",
                placement="root",
                driver=self.driver,
                metadata=self.package.metadata,
            )
        self.package.write_sample(self.folder / "src")
        hooks = self.folder / "migrations" / "hooks.py"
        docstring, rest = hooks.read_text().split("\n", 1)
        models = self.package.models or [self.package.metadata.split(":")[0]]
        rest = re.sub(r"(?m)^models = .*", lambda _: f"models = {models}", rest)
        target = f"target_metadata = {self.package.target_metadata}"
        rest = re.sub(r"(?m)^target_metadata = .*", lambda _: target, rest)
        hooks.write_text(f"{docstring}\n{self.package.setup}{rest}")


PROJECTS: dict[str, Callable[[Worker, Path, str, Package], Project]] = {
    "create_all": CreateAll,
    "stock": Stock,
    "ours": Ours,
}
KINDS = ["stock", "ours"]


@dataclass
class Result:
    """What became of a package on a database with the stock env.py, or with ours."""

    package: str
    database: str
    kind: str
    tables: int = 0
    step: str = ""  # that failed
    reason: str = ""
    unlike_create_all: str = ""
    seconds: float = 0.0


def run_package(package: Package, name: str, kinds: list[str], work: Path) -> list[Result]:
    """Take a package through the circle on a database, with each env.py, below `work`."""
    work.mkdir(exist_ok=True)
    results = []
    with Worker.of(package.python, work / f"{name}-worker.log") as worker:

        def project(kind: str) -> Project:
            return PROJECTS[kind](worker, work / f"{name}-{kind}", DRIVERS[name], package)

        baseline = project("create_all")
        try:
            with baseline.new_database() as url:
                baseline.make(url)
                created = contents(url)
        except Failure as failure:
            step, reason = failure.args
            return [Result(package.name, name, kind, 0, step, reason) for kind in kinds]
        for kind in kinds:
            circle, start = project(kind), time.monotonic()
            step, reason = circle.run()
            unlike = difference(created, circle.full) if circle.full else ""
            seconds = round(time.monotonic() - start, 1)
            results.append(
                Result(package.name, name, kind, circle.tables, step, reason, unlike, seconds)
            )
    return results
