"""Environments with their own packages, which are kept from run to run."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from scripts.worker import last_error

INSTALL_TIMEOUT = 1800


@dataclass(frozen=True)
class Environment:
    """A virtual environment below `home`."""

    home: ClassVar[Path]
    name: str
    requirements: list[str]

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.home / self.name

    @property
    def python(self) -> Path:
        """The interpreter in it."""
        return self.folder / "bin" / "python"

    @cached_property
    def versions(self) -> dict[str, str]:
        """The versions of what is required, of SQLAlchemy and of Alembic."""
        names = [re.split(r"[\[<>=!~]", each)[0] for each in self.requirements]
        code = (
            "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
        )
        names += ["sqlalchemy", "alembic"]
        found = subprocess.check_output([self.python, "-c", code, *names], text=True).split()
        return dict(zip(names, found, strict=True))

    def create(self, python: str | Path) -> None:
        """Make it, of this Python."""
        subprocess.run([python, "-m", "venv", "--without-pip", self.folder], check=True)

    def pip_install(self, *arguments: str) -> str:
        """Install into it. Returns why that failed."""
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
        # The first import compiles what it needs: to compile all takes longer.
        pip += ["--python", str(self.python), "install", "--no-compile"]
        pip += ["--quiet", "--prefer-binary"]
        result = subprocess.run(
            [*pip, *arguments], capture_output=True, text=True, timeout=INSTALL_TIMEOUT, check=False
        )
        return last_error(result.stderr) if result.returncode else ""
