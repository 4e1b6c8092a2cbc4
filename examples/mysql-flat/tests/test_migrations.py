"""The migrations build what the models say, and can be taken back."""

import os
import pkgutil
import shutil
import subprocess
import warnings
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import load_python_file
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Enum,
    MetaData,
    inspect,
    literal_column,
    pool,
    select,
)
from sqlalchemy.exc import DBAPIError

PROJECT = Path(__file__).resolve().parents[1]
MAIN_BRANCHES = ("origin/main", "origin/master", "main", "master")
SQUASHED = "/replaced/"  # where revisions go that another one replaces


@pytest.fixture
def config() -> Config:
    """Return Alembic's configuration."""
    return Config(toml_file=PROJECT / "pyproject.toml")


@pytest.fixture
def scripts(config: Config) -> ScriptDirectory:
    """Return the revisions."""
    return ScriptDirectory.from_config(config)


@pytest.fixture
def engine(config: Config, scripts: ScriptDirectory) -> Iterator[Engine]:
    """Yield an engine for the empty database that TEST_DATABASE_URL names."""
    named = os.environ.get("TEST_DATABASE_URL")
    if not named:
        pytest.skip("set TEST_DATABASE_URL to an empty database")
    ours = load_python_file(scripts.dir, "url.py")
    url = ours.make_url(named).set(drivername="mysql+pymysql")
    engine: Engine = ours.create_engine(url, poolclass=pool.NullPool)
    if run(columns, engine):
        pytest.fail("TEST_DATABASE_URL has tables, which would be lost: empty it")
    config.attributes["connection"] = engine
    yield engine
    command.downgrade(config, "base")


def test_there_is_one_head(scripts: ScriptDirectory) -> None:
    """Two heads are two revisions with one parent: `alembic merge heads` joins them."""
    assert len(scripts.get_heads()) <= 1


def test_heads_txt_names_the_heads(scripts: ScriptDirectory) -> None:
    """If not: `python migrations rebase <your head>`."""
    file = Path(scripts.dir, "heads.txt")
    named = file.read_text().split() if file.exists() else []
    assert sorted(named) == sorted(scripts.get_heads())


@pytest.mark.usefixtures("engine")
def test_revisions_build_what_the_models_say(config: Config) -> None:
    """A difference becomes a revision with `alembic revision --autogenerate`."""
    command.upgrade(config, "head")
    command.check(config)


def test_each_revision_goes_down_and_up_again_with_rows_in_the_tables(
    config: Config,
    scripts: ScriptDirectory,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A downgrade undoes its upgrade, and neither of them needs empty tables."""
    # Each command would read all revisions again.
    monkeypatch.setattr(ScriptDirectory, "from_config", lambda _: scripts)
    for revision in reversed([*scripts.walk_revisions()]):
        if revision.is_merge_point:
            continue
        before = run(columns, engine)
        command.upgrade(config, revision.revision)
        run(add_rows, engine)
        command.downgrade(config, str(revision.down_revision or "base"))
        assert run(columns, engine) == before, f"{revision} is not undone"
        command.upgrade(config, revision.revision)
        run(add_rows, engine)


def test_each_model_is_where_autogenerate_looks(
    config: Config, scripts: ScriptDirectory
) -> None:
    """If not, name its module in `models` in hooks.py: its table looks dropped."""
    with EnvironmentContext(config, scripts):  # which hooks.py may ask
        hooks = load_python_file(scripts.dir, "hooks.py")
    searched = tuple(f"{name}." for name in hooks.models)
    package = import_module("my_app")
    for _, name, _ in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        parts = name.split(".")
        if parts[-1] == "__main__" or not all(map(str.isidentifier, parts)):
            continue
        for model in vars(import_module(name)).values():
            if hasattr(model, "__table__") and model.__module__ == name:
                assert model.metadata is hooks.target_metadata, model
                assert f"{name}.".startswith(searched), model


def test_no_revision_was_edited_after_it_landed(scripts: ScriptDirectory) -> None:
    """Databases that have run it never see the edit: write a new revision."""
    git = shutil.which("git") or pytest.skip("there is no git")
    for branch in MAIN_BRANCHES:
        command = [git, "diff", "--merge-base", "--name-status", "--diff-filter=a"]
        diff = subprocess.run(
            [*command, "-M100%", branch, "--", "versions/*.py", "replaced/*.py"],
            cwd=scripts.dir,
            capture_output=True,
            text=True,
            check=False,
        )
        if diff.returncode == 0:
            edits = [line for line in diff.stdout.splitlines() if SQUASHED not in line]
            assert not edits, f"changed since {branch}"
            return
    pytest.skip(f"none of {', '.join(MAIN_BRANCHES)} is in git: fetch one")


def run(function: Callable[[Connection], Any], engine: Engine) -> Any:
    """Call the function with a connection, in a transaction."""
    with engine.begin() as connection:
        return function(connection)


def columns(connection: Connection) -> dict[str, list[str]]:
    """Return the columns of each table, as text."""
    return {
        table: sorted(map(str, columns))
        for (_, table), columns in inspect(connection).get_multi_columns().items()
        if table != "alembic_version"
    }


def add_rows(connection: Connection) -> None:
    """Add a row to each empty table, and warn where none can be made up."""
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.sorted_tables:
        if connection.execute(select(table).limit(1)).first():
            continue
        row = {
            column.name: value(column)
            for column in table.columns
            if not column.server_default
            and not (column.nullable and column.foreign_keys)
        }
        try:
            with connection.begin_nested():
                connection.execute(table.insert().values(row))
        except DBAPIError as error:
            warnings.warn(f"{table} stays empty: {error.orig}", stacklevel=2)


def value(column: Column[Any]) -> Any:
    """Return what may stand in the column, as an SQL literal of any type."""
    if isinstance(column.type, Enum):
        return literal_column("'{}'".format(column.type.enums[0].replace("'", "''")))
    values: dict[type, str] = {
        date: "2000-01-01",
        datetime: "2000-01-01 00:00:00",
        dict: "{}",
        list: "{}",
        time: "00:00:00",
        UUID: str(UUID(int=1)),
    }
    try:
        made_up = values.get(column.type.python_type, "1")
    except NotImplementedError:
        made_up = "1"
    return literal_column(f"'{made_up}'")
