"""What a test run says, and how it ends, where a server is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from template import ROOT

# Loaded before the conftest: a machine without two of the servers.
WITHOUT = """
import servers

def start_mariadb(directory):
    raise servers.Unavailable("mariadb is missing: no mariadbd; install it")

def start_extensions(directory):
    raise servers.Unavailable("extensions is missing: no PostGIS; install it")

servers.start_mariadb = start_mariadb
servers.start_extensions = start_extensions
"""


@pytest.mark.parametrize(("ci", "outcome"), [("", "skipped"), ("true", "failed")])
def test_missing_server_is_named_at_the_end_and_fails_with_ci(
    ci: str, outcome: str, tmp_path: Path
) -> None:
    (tmp_path / "without.py").write_text(WITHOUT)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "MARIADB", "EXTENSIONS", "MISSING"))
    }
    environment |= {"CI": ci, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT / 'tests'}"}
    files = ["tests/test_url.py", "tests/test_extensions.py"]
    selection = "test_driverless_url and (mysql or postgresql) or spatial_column_comes"
    result = subprocess.run(
        [
            sys.executable,
            *["-m", "pytest", "-n2", "-p", "without", *files, "-k", selection],
        ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"4 {outcome}" in result.stdout
    assert "2 passed" in result.stdout
    for reason in ("mariadb is missing: no mariadbd", "extensions is missing: no PostGIS"):
        assert f"NOT RUN: 2 tests, because {reason}; install it" in result.stdout
    assert result.returncode == (1 if ci else 0)
