"""What a process has done that others are forked from: it has rendered and compiled projects."""

from __future__ import annotations

import gc
import tempfile
from importlib.machinery import SourceFileLoader
from pathlib import Path

from alembic.util import pyfiles

from support import compiled, template

gc.set_threshold(100000)  # searching was a quarter of a run of pytest
compiled.keep()
with tempfile.TemporaryDirectory() as folder:
    for driver in ("sqlite+pysqlite", "postgresql+psycopg", "mysql+pymysql"):
        template.render(Path(folder, driver), driver=driver, package="my_app")
    template.render(Path(folder, "async"), mode="async", package="my_app")
    for file in Path(folder).rglob("*.py"):
        SourceFileLoader(file.stem, str(file)).get_code(file.stem)
    for file in Path(folder).rglob("*.mako"):
        pyfiles.Template(str(file))  # type: ignore[attr-defined]
gc.freeze()  # a search for garbage would copy what the processes share
