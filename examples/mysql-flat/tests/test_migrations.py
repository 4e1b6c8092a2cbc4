"""The migrations build what the models say, and can be taken back."""

import os
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture
def config() -> Config:
    """Return a configuration for the empty database that TEST_DATABASE_URL names."""
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        pytest.skip("set TEST_DATABASE_URL to an empty database")
    config = Config(toml_file=PROJECT / "pyproject.toml")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def test_there_is_one_head(config: Config) -> None:
    """Two heads are two revisions with one parent: `alembic merge heads` joins them."""
    assert len(ScriptDirectory.from_config(config).get_heads()) <= 1


def test_migrations_build_the_models_and_can_be_taken_back(config: Config) -> None:
    """A failing check means that the models are ahead of the revisions."""
    command.upgrade(config, "head")
    command.check(config)
    command.downgrade(config, "base")
    command.upgrade(config, "head")
    command.downgrade(config, "base")
