"""Environments with their own packages, which are kept from run to run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.util import cache_from_source
from pathlib import Path
from typing import ClassVar

from scripts.worker import last_error

INSTALL_TIMEOUT = 1800


def share_code(environment: Path) -> None:
    """Give an environment that pip has filled the code of files that are here too, byte for byte.

    They get the time of those here, by which Python knows what its code is of. To compile Alembic
    and SQLAlchemy takes longer than to import them.
    """
    ours = Path(sysconfig.get_path("purelib"))
    site = environment / ours.relative_to(sys.prefix)  # of another Python there is none
    for file in site.rglob("*.py"):
        known = ours / file.relative_to(site)
        with suppress(FileNotFoundError):  # not ours, or not compiled
            if known.read_bytes() == file.read_bytes():
                code = Path(cache_from_source(known)).read_bytes()
                copy = Path(cache_from_source(file))
                copy.parent.mkdir(exist_ok=True)
                copy.write_bytes(code)
                os.utime(file, (known.stat().st_atime, known.stat().st_mtime))


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
        if result.returncode:
            return last_error(result.stderr)
        share_code(self.folder)
        return ""
