"""The circle that `make corpus` and `make compat` take projects around.

Autogenerate, upgrade, check is silent, downgrade leaves nothing, upgrade, autogenerate finds
nothing, and `upgrade --sql` gives the same database.
"""

from __future__ import annotations

import ast
import shutil
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL, text

from scripts.worker import Failure, Worker, last_error
from support.contents import contents, difference
from support.databases import database, plain_engine, run_script
from support.template import ROOT

RENDERS = threading.Lock()  # Copier changes the working directory, which threads share


@dataclass
class Circle(ABC):
    """A project that is made in a folder of its own, and goes around on one database."""

    worker: Worker
    folder: Path
    driver: str
    tables: int = field(default=0, init=False)  # that its upgrade made
    full: set[str] = field(default_factory=set, init=False)  # what its upgrade left

    def __post_init__(self) -> None:
        """Empty the folder."""
        for folder in (self.folder, self.folder.with_name(f"{self.folder.name}.log")):
            shutil.rmtree(folder, ignore_errors=True)
        self.folder.mkdir()

    @abstractmethod
    def make(self, url: URL) -> None:
        """Make the project."""

    @contextmanager
    def new_database(self) -> Iterator[URL]:
        """Create an empty database, as an administrator hands it over."""
        with database(self.driver, self.folder) as url:
            with plain_engine(url).begin() as connection:
                for statement in self.statements:
                    connection.execute(text(statement))
            yield url

    @property
    def statements(self) -> list[str]:
        """What the administrator executes in it."""
        return []

    @property
    def dialect(self) -> str:
        """What a URL of MariaDB begins with."""
        return "mariadb"

    def users_url(self, url: URL) -> str:
        """Return the URL as a user writes it: one of MariaDB says so, for --sql to know it."""
        driver = url.drivername.replace("mysql+", f"{self.dialect}+")
        return url.set(drivername=driver).render_as_string(hide_password=False)

    def environment(self, url: URL) -> dict[str, str]:
        """Return the variables of a command; packages write into a home of their own."""
        return {
            "DATABASE_URL": self.users_url(url),
            "HOME": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def alembic(self, step: str, url: URL, *arguments: str) -> str:
        """Run alembic."""
        return self.worker.run(self.folder, step, self.environment(url), arguments=arguments)

    @property
    def versions(self) -> set[Path]:
        """The revisions' files."""
        return set(self.folder.glob("**/migrations/versions/*.py"))

    def run(self) -> tuple[str, str]:
        """Go around as far as it goes. Returns the step that failed and why, or two empty ones."""
        try:
            with self.new_database() as url:
                self.make(url)
                self.go_around(url)
        except Failure as failure:
            step, reason = failure.args
            return step, reason.replace(str(ROOT), "…")
        return "", ""

    def go_around(self, url: URL) -> None:
        """Take the steps, or raise Failure."""
        empty = contents(url)
        autogenerate = ["revision", "--autogenerate", "--message", "tables"]
        self.alembic("autogenerate", url, *autogenerate)
        self.alembic("upgrade", url, "upgrade", "head")
        self.full = contents(url)
        self.tables = sum(line.startswith("table ") for line in self.full - empty)
        if not self.tables:
            raise Failure("upgrade", "made no table")
        self.alembic("check", url, "check")
        self.alembic("downgrade", url, "downgrade", "base")
        if left := difference(empty, contents(url)):
            raise Failure("empty after downgrade", left)
        self.alembic("second upgrade", url, "upgrade", "head")
        if changed := difference(self.full, contents(url)):
            raise Failure("second upgrade", changed)
        before = self.versions
        self.alembic("second autogenerate", url, *autogenerate)
        for file in self.versions - before:
            if found := operations(file):
                raise Failure("second autogenerate", found)
            file.unlink()
        self.offline(url)

    def offline(self, url: URL) -> None:
        """Compare the database that `--sql` makes."""
        sql = self.alembic("--sql", url, "upgrade", "head", "--sql")
        with self.new_database() as fresh:
            try:
                run_script(fresh, sql)
            except Exception as error:
                reason = last_error(f"{type(error).__name__}: {error}")
                raise Failure("run --sql", reason) from error
            if changed := difference(self.full, contents(fresh)):
                raise Failure("same database from --sql", changed)


def operations(revision: Path) -> str:
    """Return the first statement of upgrade(), or of downgrade(), that does something."""
    for function in ast.parse(revision.read_text()).body:
        if isinstance(function, ast.FunctionDef):
            for statement in function.body:
                constant = isinstance(statement, ast.Expr) and isinstance(
                    statement.value, ast.Constant
                )
                if not constant and not isinstance(statement, ast.Pass):
                    return ast.unparse(statement).partition("\n")[0]
    return ""
