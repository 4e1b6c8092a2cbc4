"""Say which names of docs/alembic-internals.md the installed libraries don't have.

It needs nothing but them: any Python runs it, and `make compat` in each of its environments.
"""

from __future__ import annotations

import inspect
import re
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "alembic-internals.md"
NAME = re.compile(r"^\| `((?:alembic|sqlalchemy)[\w.]*:[\w.]+)` \|", re.MULTILINE)


def is_there(name: str) -> bool:
    """Tell whether a module has a name, or its class or function has one inside."""
    module, _, path = name.partition(":")
    owner, _, inside = path.partition(".")
    found = getattr(import_module(module), owner, None)
    if found is None or not inside:
        return found is not None
    for each in inspect.getmro(found)[:-1] if inspect.isclass(found) else [found]:
        if re.search(rf"\b{inside}\b", inspect.getsource(each)):
            return True
    return False


def gone() -> list[str]:
    """Return the names that are not there."""
    return [name for name in NAME.findall(PAGE.read_text()) if not is_there(name)]


if __name__ == "__main__":
    libraries = ", ".join(f"{name} {version(name)}" for name in ("alembic", "sqlalchemy"))
    if found := gone():
        sys.exit(f"{libraries}: no {', '.join(found)}")
    print(f"{libraries}: all there")
