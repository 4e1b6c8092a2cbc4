"""An older form of a package's models, with rows, becomes the real one and goes back."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import URL, Engine, inspect

from scripts.corpus.projects import CreateAll, Ours
from scripts.worker import Failure
from support import older
from support.contents import contents, difference
from support.databases import plain_engine
from support.fill import fill
from support.migrations import allow
from support.rows import changed, in_both, rows

SEED = 1
# For hooks.py: older.py stands in src/, and copies what is there when it is called.
FORM = """

if os.environ["FORM"] == "older":
    for name in models:
        module = importlib.import_module(name)
        for found in pkgutil.walk_packages(getattr(module, "__path__", []), name + "."):
            importlib.import_module(found.name)
    forms = target_metadata if isinstance(target_metadata, list) else [target_metadata]
    target_metadata = [older(form, {seed}) for form in forms]
"""
IMPORTS = """
import importlib
import os
import pkgutil

from older import older
"""


class Older(Ours):
    """The template, in a project whose models change."""

    form = "older"

    def make(self, url: URL) -> None:
        """Let a variable choose the form of the models."""
        super().make(url)
        (self.folder / "src").mkdir(exist_ok=True)
        shutil.copy(older.__file__, self.folder / "src" / "older.py")
        hooks = self.folder / "migrations" / "hooks.py"
        docstring, rest = hooks.read_text().split("\n", 1)
        hooks.write_text(f"{docstring}\n{IMPORTS}{rest}{FORM.format(seed=SEED)}")

    def environment(self, url: URL) -> dict[str, str]:
        """Name the form."""
        return super().environment(url) | {"FORM": self.form}

    def go_around(self, url: URL) -> None:
        """Take the steps, or raise Failure."""
        empty = without_names(url)
        first = self.revision("older form", url)
        self.upgrade("upgrade to the older form", url)
        self.tables = sum(line.startswith("table ") for line in without_names(url) - empty)
        self.alembic("check of the older form", url, "check")
        self.fill_tables(url)
        form, kept = without_names(url), rows(url)

        self.form = "real"
        second = self.revision("change", url)
        if second == first:
            return  # the form that was drawn says the same
        self.upgrade("upgrade with rows", url)
        self.alembic("check", url, "check")
        self.same("contents after the change", self.made_from_nothing(), without_names(url))
        there = in_both(kept, rows(url), {})
        self.same_rows("upgrade with rows", url, there)

        self.alembic("downgrade with rows", url, "downgrade", f"-{len(second - first)}")
        self.same("contents after the downgrade", form, without_names(url))
        self.same_rows("downgrade with rows", url, there)
        self.upgrade("second upgrade", url)
        self.alembic("second check", url, "check")
        self.alembic("downgrade to nothing", url, "downgrade", "base")
        self.same("empty after downgrade", empty, without_names(url))

    def revision(self, step: str, url: URL) -> set[Path]:
        """Write a revision, if there is something to write, and return all there are."""
        before = self.versions
        self.alembic(step, url, "revision", "--autogenerate", "--message", step)
        allow(self.versions - before)
        return self.versions

    def upgrade(self, step: str, url: URL) -> None:
        """Upgrade to the head."""
        self.alembic(step, url, "upgrade", "head")

    def fill_tables(self, url: URL) -> None:
        """Insert rows that both forms take."""
        real = CreateAll(self.worker, self.beside("created"), self.driver, self.package)
        with real.new_database() as created:
            real.make(created)
            with self.known(url).begin() as first, self.known(created).begin() as second:
                schemas: set[str | None] = {None}
                if url.get_backend_name() == "postgresql":
                    theirs = {"public", "information_schema"}
                    schemas.update({*inspect(first).get_schema_names()} - theirs)
                if not fill(first, second, schemas):
                    raise Failure("rows", "no table took one")

    @staticmethod
    def known(url: URL) -> Engine:
        """Return an engine that knows MariaDB's own types."""
        return plain_engine(url.set(drivername=url.drivername.replace("mysql", "mariadb")))

    def made_from_nothing(self) -> set[str]:
        """Return what the real form's own revision makes of a new database."""
        other = Ours(self.worker, self.beside("real"), self.driver, self.package)
        with other.new_database() as url:
            other.make(url)
            command = ["revision", "--autogenerate", "--message", "tables"]
            other.alembic("revision of the real form", url, *command)
            other.alembic("upgrade to the real form", url, "upgrade", "head")
            return without_names(url)

    def beside(self, name: str) -> Path:
        """Return a folder beside the project's own."""
        return self.folder.with_name(f"{self.folder.name}-{name}")

    @staticmethod
    def same(step: str, expected: set[str], found: set[str]) -> None:
        """Fail if the two differ."""
        if wrong := difference(expected, found):
            raise Failure(step, wrong)

    def same_rows(self, step: str, url: URL, expected: dict[str, list[dict[str, str]]]) -> None:
        """Fail if rows have other values in what both forms have."""
        for wrong in changed(expected, rows(url), {}, []):
            raise Failure(step, wrong)


def without_names(url: URL) -> set[str]:
    """Return what a database holds: a name that no model gives is the revision's to choose."""
    return contents(url, (), in_order=False)
