"""The commands that Alembic lacks, in `tools/`: on the command line, and what each says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support import template
from support.migrations import new_project


@pytest.mark.parametrize("config", template.choices("config", project="new"))
def test_folder_at_the_root_has_alembic_s_commands_and_more(config: str, tmp_path: Path) -> None:
    project = new_project(
        tmp_path, layout="flat", placement="root", directory="alembic", config=config
    )
    for arguments in (
        ("revision", "--autogenerate", "-m", "create tables"),
        ("upgrade", "head"),
        ("status",),
    ):
        result = subprocess.run(
            [sys.executable, "-W", "error", project.migrations, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
