"""The environments: each two of Python, Alembic and SQLAlchemy meet in one."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from packaging.version import Version

from scripts.environments import Environment as AnyEnvironment
from support import template
from support.interpreters import interpreter
from support.template import requirements

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
DRIVERS = [
    ("sync", "sqlite+pysqlite"),
    ("sync", "postgresql+psycopg"),
    ("sync", "mysql+pymysql"),
    ("async", "sqlite+aiosqlite"),
    ("async", "postgresql+asyncpg"),
    ("async", "mysql+aiomysql"),
]
COLUMNS = [f"{mode} {driver}" for mode, driver in DRIVERS]
MIDDLE_ALEMBIC = "==1.18.*"
# The other answers that ask something of Alembic and SQLAlchemy: each environment has all.
SHAPES = [
    {"config": config, "models": models}
    for config in template.choices("config")
    for models in ("declarative", "dataclass")
]
# The first that can be imported on a newer Python; on 3.14 the oldest that was tried.
FIRST_SQLALCHEMY = {"3.13": "2.0.31", "3.14": "2.0.41"}


def oldest() -> list[str]:
    """Return the oldest Alembic and the oldest SQLAlchemy that rendered projects allow."""
    found = []
    for position in (0, 1):
        specifiers = {requirements(*drivers)[position] for drivers in DRIVERS}
        versions = [Version(str(re.findall(r">=([\d.]+)", each)[0])) for each in specifiers]
        found.append(str(max(versions)))
    return found


@dataclass(frozen=True)
class Environment(AnyEnvironment):
    """A Python with an Alembic and a SQLAlchemy."""

    home = template.ROOT / ".venv" / "compat"

    release: str = ""  # of Python, such as 3.10
    alembic: str = ""  # a specifier, empty for the newest
    sqlalchemy: str = ""
    number: int = 0

    def ask(self, code: str) -> str:
        """Return what an expression is in this Python."""
        command = f"import platform, sqlite3; print({code})"
        return subprocess.check_output([f"{self.python}", "-c", command], text=True).strip()

    def install(self) -> str:
        """Make it, or bring it to the newest allowed versions. Returns why not."""
        if not self.python.exists():
            self.create(interpreter(self.release))
        return self.pip_install("--upgrade", "--upgrade-strategy=eager", *self.requirements)


def environments() -> list[Environment]:
    """Return a Latin square: one environment for each two of Python, Alembic and SQLAlchemy."""
    oldest_alembic, oldest_sqlalchemy = oldest()
    common = sorted({each for drivers in DRIVERS for each in requirements(*drivers)})
    alembics = [f"=={oldest_alembic}", MIDDLE_ALEMBIC, ""]
    found: list[Environment] = []
    for number, release in enumerate(PYTHONS):
        sqlalchemys = [f"=={FIRST_SQLALCHEMY.get(release, oldest_sqlalchemy)}", "==2.0.*", ""]
        for turn in range(3):
            alembic, sqlalchemy = alembics[turn], sqlalchemys[(number + turn) % 3]
            pinned = [*common, f"alembic{alembic}", f"sqlalchemy{sqlalchemy}"]
            found.append(
                Environment(
                    f"{release}-{turn}",
                    pinned,
                    release=release,
                    alembic=alembic,
                    sqlalchemy=sqlalchemy,
                    number=len(found),
                )
            )
    return found
