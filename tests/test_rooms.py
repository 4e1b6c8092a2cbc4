"""The folder of what compares: no file has too much, and none hides or needs the wrong one."""

from __future__ import annotations

import ast
import graphlib
import importlib
import subprocess
import sys
from pathlib import Path

import comparison
import pytest

FOLDER = Path(comparison.__file__).parent
ROOMS = {file.stem: file.read_text() for file in sorted(FOLDER.glob("*.py"))}
HEAD = (FOLDER / "names.py").read_text().partition('"""')[0]
DATABASES = ["mssql", "mysql", "oracle", "postgresql", "sqlite"]


def needed(source: str) -> set[str]:
    """Return the rooms that one imports."""
    return {
        node.module
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.level and node.module
    }


def test_no_circle_of_imports() -> None:
    graph = {room: needed(source) for room, source in ROOMS.items()}
    assert list(graphlib.TopologicalSorter(graph).static_order())


def test_what_is_for_all_databases_imports_nothing_of_one() -> None:
    of_one = {room for room in ROOMS if room.startswith(tuple(DATABASES))}
    for room in ROOMS.keys() - of_one:
        assert not needed(ROOMS[room]) & of_one, room
    for database in DATABASES:
        others = tuple(name for name in DATABASES if name != database)
        for room in of_one:
            if room.startswith(database):
                assert not [name for name in needed(ROOMS[room]) if name.startswith(others)]


@pytest.mark.parametrize("room", ROOMS)
def test_room_is_short_and_named_like_no_module_of_python(room: str) -> None:
    assert len(ROOMS[room].splitlines()) <= 160
    assert room not in sys.stdlib_module_names


def test_rooms_are_formatted_below_the_lines_that_keep_formatters_off(tmp_path: Path) -> None:
    for room, source in ROOMS.items():
        assert source.startswith(HEAD), room
        (tmp_path / f"{room}.py").write_text(source.removeprefix(HEAD))
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--check", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("database", DATABASES)
def test_file_of_a_database_has_what_stands_before_alembic_s_implementation(database: str) -> None:
    module = importlib.import_module(f"comparison.{database}")
    base = importlib.import_module("comparison.implementation").BaseImpl
    assert issubclass(module.Impl, base)
    # It would take the place of Alembic's for other projects in this process too.
    assert "__dialect__" not in vars(module.Impl)
