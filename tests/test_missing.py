"""What a test run says, and how it ends, where a server is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support import processes
from support.template import ROOT

# Loaded before the conftest: a machine without MariaDB.
WITHOUT_MARIADB = """
from support import servers

def start_mariadb(directory):
    raise servers.Unavailable("mariadb is missing: no mariadbd; install it")

servers.STARTERS["mariadb"] = start_mariadb
"""


@pytest.mark.parametrize(("ci", "outcome"), [("", "skipped"), ("true", "failed")])
def test_missing_server_is_named_at_the_end_and_fails_with_ci(
    ci: str, outcome: str, tmp_path: Path
) -> None:
    (tmp_path / "without_mariadb.py").write_text(WITHOUT_MARIADB)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "MARIADB"))
    }
    environment |= {"CI": ci, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    selection = "test_driverless_url and (mysql or postgresql)"
    command = ("pytest", "-n1", "-p", "without_mariadb", "tests/test_url.py", "-k", selection)
    result = processes.run(command, ROOT, environment)
    assert f"2 {outcome}" in result.stdout
    assert "2 passed" in result.stdout
    reason = "mariadb is missing: no mariadbd; install it"
    assert f"NOT RUN: 2 tests, because {reason}" in result.stdout
    assert result.returncode == (1 if ci else 0)
