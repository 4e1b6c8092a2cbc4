"""The packages of the corpus, and their environments."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock

from scripts.environments import Environment
from support import template
from support.databases import PLAIN_DRIVERS

LIST = Path(__file__).with_name("packages.toml")
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MariaDB"}
DRIVERS = {dialect: PLAIN_DRIVERS[dialect] for dialect in TITLES}


@dataclass(frozen=True)
class Package(Environment):
    """An entry of packages.toml, where its fields are explained."""

    home = template.ROOT / ".venv" / "corpus"

    metadata: str
    variety: str
    models: list[str] = field(default_factory=list)
    setup: str = ""
    target: str = ""
    source: str = ""
    databases: list[str] = field(default_factory=lambda: list(DRIVERS))
    extensions: list[str] = field(default_factory=list)
    charset: str = ""
    dialect: str = "mariadb"
    known: str = ""

    @property
    def import_line(self) -> str:
        """The import of the metadata, as hooks.py has it."""
        module, target = self.metadata.split(":")
        return f"from {module} import {target.split('.')[0]}"

    @property
    def import_models(self) -> str:
        """The imports of the models, as env.py has them."""
        return "".join(f"import {name}\n" for name in self.models)

    @property
    def target_metadata(self) -> str:
        """What target_metadata is, as an expression."""
        return self.target or self.metadata.split(":")[1]

    def write_sample(self, folder: Path) -> None:
        """Write the package `sample`, if the entry has a source."""
        if self.source:
            sample = folder / "sample"
            sample.mkdir(parents=True, exist_ok=True)
            (sample / "__init__.py").touch()
            (sample / "models.py").write_text(self.source)

    def install(self) -> str:
        """Make the environment if there is none with these requirements, or say why not."""
        self.home.mkdir(parents=True, exist_ok=True)
        with FileLock(self.home / f"{self.name}.lock"):
            return self._install()

    def _install(self) -> str:
        """Do it, with no other process that does."""
        drivers = [template.requirements("sync", driver) for driver in DRIVERS.values()]
        requirements = sorted(set().union(*drivers)) + self.requirements
        version = f"{sys.version_info[:2]}"
        stamp = hashlib.sha256(" ".join([version, *requirements]).encode()).hexdigest()
        file = self.folder / "requirements.sha256"
        if file.exists() and file.read_text() == stamp:
            return ""
        shutil.rmtree(self.folder, ignore_errors=True)
        major, minor = sys.version_info[:2]
        self.create(Path(sys.base_prefix, "bin", f"python{major}.{minor}"))
        reason = self.pip_install(*requirements)
        if not reason:
            file.write_text(stamp)
        return reason


def packages() -> dict[str, Package]:
    """Return the packages of the corpus by name."""
    entries = tomllib.loads(LIST.read_text())
    return {name: Package(name, **entry) for name, entry in entries.items()}
