"""The quickest packages of the corpus; `make corpus` runs them all."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.corpus.packages import packages
from scripts.corpus.page import PAGE
from scripts.corpus.runs import Result, run_package
from support.databases import missing

# Types of its own, explicit sequences, enums.
QUICKEST = ["celery", "flask-dance", "optuna"]


def go_around(name: str, database: str, kind: str, folder: Path) -> Result:
    """Take a package through the circle."""
    package = packages()[name]
    if reason := package.install():
        missing(f"{name}: {reason}")
    (result,) = run_package(package, database, [kind], folder)
    return result


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize("name", QUICKEST)
def test_schema_of_a_public_package_goes_around(name: str, database: str, tmp_path: Path) -> None:
    result = go_around(name, database, "ours", tmp_path)
    assert not result.step, result
    assert result.tables


def test_older_form_of_a_public_package_comes_with_rows_and_goes_back(tmp_path: Path) -> None:
    result = go_around("optuna", "postgresql", "older", tmp_path)
    assert not result.step, result
    assert result.tables


def test_stock_env_py_leaves_enums_behind(tmp_path: Path) -> None:
    result = go_around("optuna", "postgresql", "stock", tmp_path)
    assert result.step == "empty after downgrade"
    assert "trialvaluetype" in result.reason


def test_each_run_that_does_not_close_has_its_reason() -> None:
    assert "not known" not in PAGE.read_text()
