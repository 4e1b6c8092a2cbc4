"""The migrations build what the models say, and can be taken back."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return a configuration for an empty database."""
    url = f"sqlite+pysqlite:///{tmp_path / 'test.db'}"
    config = Config(PROJECT / "alembic.ini")
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
