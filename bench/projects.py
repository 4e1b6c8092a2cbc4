"""A project with two migration set-ups: ours, and that of `alembic init`."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from sqlalchemy import URL, text

from support import migrations
from support.databases import admin_engine, plain_engine

# As if ruff were not installed; in all else this is `python -m alembic`.
WITHOUT_RUFF = "import sys; sys.modules['ruff'] = None; from alembic.config import main; main()"

# What a project adds to the env.py of `alembic init`.
URL_AND_MODELS = """\
import os

{imports}
from my_app.db import Base

config.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"].replace("%", "%%"))
target_metadata = Base.metadata
"""

FROZEN = """\
import atexit
import gc

atexit.register(gc.freeze)
gc.set_threshold(100_000)
"""

HEAD_OF_MODULE = """\
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Numeric, String, func, true
from sqlalchemy.orm import Mapped, mapped_column

from my_app.db import Base
"""
MODEL = """

class Table{number:04}(Base):
    __tablename__ = "table_{number:04}"

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("table_{parent:04}.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(255), unique=True)
    active: Mapped[bool] = mapped_column(server_default=true())
    total: Mapped[Decimal] = mapped_column(Numeric(12, 2), server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
"""


def models(tables: int, *, modules: int) -> dict[str, str]:
    """Return the texts of so many modules, with so many models together, by their names."""
    texts = dict.fromkeys([f"module_{number:04}" for number in range(modules)], HEAD_OF_MODULE)
    for number in range(tables):
        texts[f"module_{number % modules:04}"] += MODEL.format(number=number, parent=number // 10)
    return texts


def processor_time(
    command: list[str], folder: Path, environment: dict[str, str] | None = None
) -> float:
    """Run a command and return the seconds of processor time of it and its children."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{shlex.join(command)} failed in {folder}")
    return usage.ru_utime + usage.ru_stime


@dataclass
class Case:
    """A project in a folder, with its database and an ini for each side."""

    path: Path
    url: URL
    mode: str
    size: int = 0  # of what the benchmark is about
    ini: ClassVar[dict[str, str]] = {"stock": "stock.ini", "ours": "alembic.ini"}
    frozen: ClassVar[dict[str, str]] = {"stock, frozen": "frozen.ini"}

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the commands."""
        return {**os.environ, "DATABASE_URL": self.url.render_as_string(hide_password=False)}

    @property
    def versions(self) -> dict[str, Path]:
        """The folders of the revisions by side."""
        return {
            "stock": self.path / "stock" / "versions",
            "ours": self.path / "src" / "my_app" / "migrations" / "versions",
        }

    def command(self, side: str, *arguments: str, ruff: bool = False) -> Callable[[], float]:
        """Return a function that runs `alembic` and returns its processor time in seconds."""
        program = ["-m", "alembic"] if ruff else ["-c", WITHOUT_RUFF]
        ini = (self.ini | self.frozen)[side]
        command = [sys.executable, *program, "-c", ini, *arguments]
        return lambda: processor_time(command, self.path, self.environment)

    def commands(self, *arguments: str, **options: bool) -> dict[str, Callable[[], float]]:
        """Return the command for each side."""
        return {side: self.command(side, *arguments, **options) for side in self.ini}

    def to_head(self) -> None:
        """Bring the database to the head."""
        self.command("ours", "upgrade", "head")()

    def clear(self) -> None:
        """Leave nothing in the database."""
        backend, name = self.url.get_backend_name(), self.url.database
        if backend == "sqlite":
            Path(str(name)).unlink(missing_ok=True)
        elif backend == "postgresql":
            self.execute("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
        else:
            with admin_engine("mariadb").connect() as connection:
                connection.execute(text(f"DROP DATABASE {name}"))
                connection.execute(text(f"CREATE DATABASE {name}"))

    def execute(self, *statements: str) -> None:
        """Run statements on the database."""
        with plain_engine(self.url).begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def write_first_revision(self) -> None:
        """Write the revision of the models, ours, for both sides."""
        self.command("ours", "revision", "--autogenerate", "--message", "tables")()
        (written,) = self.versions["ours"].glob("*.py")
        for folder in self.versions.values():
            (folder / f"kept_{written.name}").write_text(written.read_text())
        written.unlink()

    def forget_new_revisions(self) -> None:
        """Remove the revisions that were written since write_revision()."""
        for folder in self.versions.values():
            for file in folder.glob("*.py"):
                if not file.name.startswith("kept_"):
                    file.unlink()

    def write_revision(self, number: int, statement: str) -> None:
        """Write the same revision for both sides."""
        before = f"{number - 1:04}" if number > 1 else None
        revision = (
            f'"""Revision {number}."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n'
            f'\nrevision = "{number:04}"\ndown_revision = {before!r}\n\n\n'
            f"def upgrade():\n    {statement}\n"
        )
        for folder in self.versions.values():
            (folder / f"kept_{number:04}.py").write_text(revision)


def new_case(
    folder: Path, url: URL, mode: str, models: dict[str, str] | None = None, **answers: str
) -> Case:
    """Render a project, with the starter's models or these, and add a stock set-up."""
    project = migrations.new_project(folder, url, mode=mode, driver=url.drivername, **answers)
    if models is not None:
        for file in project.models.glob("[!_]*.py"):
            file.unlink()
        for name, text_ in models.items():
            (project.models / f"{name}.py").write_text(text_)
    case = Case(project.path, url, mode)
    template = "async" if mode == "async" else "generic"
    init = ["-m", "alembic", "-c", "stock.ini", "init", "--template", template, "stock"]
    subprocess.run([sys.executable, *init], cwd=case.path, check=True, capture_output=True)
    ini = case.path / "stock.ini"
    ini.write_text(ini.read_text().replace("prepend_sys_path = .", "prepend_sys_path = src"))
    names = sorted(file.stem for file in project.models.glob("[!_]*.py"))
    imports = "\n".join(f"import my_app.models.{name}" for name in names)
    env = case.path / "stock" / "env.py"
    edited, count = re.subn(
        "^target_metadata = None$",
        lambda _: URL_AND_MODELS.format(imports=imports),
        env.read_text(),
        flags=re.MULTILINE,
    )
    assert count == 1
    env.write_text(edited)
    add_frozen(case.path)
    return case


def add_frozen(project: Path) -> None:
    """Add stock's set-up once more, with the lines on garbage of our env.py in its own."""
    (project / "frozen").mkdir()
    shutil.copy(project / "stock" / "script.py.mako", project / "frozen")
    ours = (project / "src" / "my_app" / "migrations" / "env.py").read_text()
    assert all(line in ours for line in FROZEN.splitlines())
    env = (project / "stock" / "env.py").read_text()
    (project / "frozen" / "env.py").write_text(FROZEN + env)
    ini = (project / "stock.ini").read_text()
    where = "script_location = %(here)s/"
    assert f"{where}stock" in ini
    versions = f"{where}frozen\nversion_locations = %(here)s/stock/versions"
    (project / "frozen.ini").write_text(ini.replace(f"{where}stock", versions))
