"""Projects whose models are those of a package: create_all(), the stock env.py, and ours."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import URL

from scripts.circle import RENDERS, Circle
from scripts.corpus.packages import DRIVERS, Package
from support import template


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
