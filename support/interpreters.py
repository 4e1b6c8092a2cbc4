"""The Pythons of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from support.servers import DEBIAN


@cache
def interpreter(release: str) -> str:
    """Return the path of that Python, such as 3.14: on the PATH, in pyenv or in .venv/debian.

    It is empty if there is none.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [shutil.which(f"python{release}"), *pyenv.glob(f"{release}.*/bin/python3")]
    found.append(DEBIAN.resolve() / f"usr/bin/python{release}")
    code = f"import sys; sys.exit('{release}' != '%d.%d' % sys.version_info[:2])"
    for python in found:
        if python and Path(python).exists():  # may be a shim of pyenv that is not chosen
            result = subprocess.run([python, "-c", code], capture_output=True, check=False)
            if not result.returncode:
                return str(python)
    return ""
