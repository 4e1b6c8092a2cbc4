"""What a process has done that others are forked from: it has rendered the template."""

from __future__ import annotations

import tempfile
from pathlib import Path

from support import compiled, template

compiled.keep()
with tempfile.TemporaryDirectory() as folder:
    template.render(Path(folder, "my-app"))
