"""An application's loggers and collector stay; the command line shows progress (promise 4)."""

from __future__ import annotations

import argparse
import contextlib
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import make_url

from support import processes, template
from support.databases import database, run_script, table_names
from support.migrations import Project, new_project

DRIVERS = {"sync": "sqlite+pysqlite", "async": "sqlite+aiosqlite"}


@pytest.fixture(params=template.choices("mode"))
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """Render a project with a first revision."""
    driver = DRIVERS[request.param]
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, mode=request.param, driver=driver)
        project.autogenerate("create tables")
        project.url = url
        yield project


def snapshot() -> dict[str, tuple[Any, ...]]:
    """Return each logger with all that an application may have set."""
    found = {"root": logging.root, **logging.root.manager.loggerDict}
    return {
        name: (
            logger.level,
            logger.disabled,
            logger.propagate,
            list(logger.handlers),
            [(handler.level, handler.formatter) for handler in logger.handlers],
            list(logger.filters),
        )
        for name, logger in found.items()
        if isinstance(logger, logging.Logger)
    }


@contextlib.contextmanager
def loggers_stay() -> Iterator[None]:
    """Set loggers up as an application does, and fail if the code inside changes any."""
    names = [
        *("application", "application.jobs", "sqlalchemy.engine", "alembic"),
        *("alembic.runtime.migration", "alembic.autogenerate", "alembic.util"),
    ]
    loggers = [logging.getLogger(name) for name in names]
    levels = [(logger.level, logger.propagate) for logger in loggers]
    handler = logging.NullHandler(logging.WARNING)
    for logger in loggers:
        logger.setLevel(logging.ERROR)
        logger.addHandler(handler)
        logger.propagate = False
    before = snapshot()
    try:
        yield
        after = snapshot()
    finally:
        for logger, (level, propagate) in zip(loggers, levels, strict=True):
            logger.setLevel(level)
            logger.removeHandler(handler)
            logger.propagate = propagate
    assert {name: after[name] for name in before} == before
    assert not [name for name in after.keys() - before if after[name][1] or after[name][3]]


def test_commands_leave_every_logger_as_it_was(project: Project) -> None:
    with loggers_stay():
        project.run("upgrade", "head")
        project.run("check")
        project.run("current")
        project.run("downgrade", "base")
        project.run("upgrade", "head", sql=True)


def test_x_arguments_given_by_code_leave_every_logger_as_it_was(project: Project) -> None:
    config = project.config()
    config.cmd_opts = argparse.Namespace(x=["tenant=one"])
    with loggers_stay(), project.imported():
        command.upgrade(config, "head")


def test_application_s_handlers_get_the_progress(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "alembic.runtime.migration"):
        project.run("upgrade", "head")
    assert "Running upgrade" in caplog.text


def test_command_line_shows_progress_on_stderr_once(project: Project) -> None:
    result = project.interpreter("upgrade", "head")
    assert result.returncode == 0
    assert result.stdout == ""
    assert result.stderr.count("INFO  [alembic.runtime.migration] Running upgrade  -> ") == 1


def test_command_line_shows_what_autogenerate_finds_on_stderr(project: Project) -> None:
    project.run("upgrade", "head")
    customer = project.models / "customer.py"
    customer.write_text(customer.read_text().replace('"customer"', '"client"'))
    purchase = project.models / "purchase.py"
    purchase.write_text(purchase.read_text().replace("customer.id", "client.id"))
    result = project.cli("check")
    assert result.returncode
    assert "Detected added table 'client'" in result.stderr
    assert result.stderr.count("INFO  [alembic.runtime.migration] Context impl ") == 1
    assert "INFO" not in result.stdout


def test_sql_on_stdout_is_pure_though_the_application_logs(project: Project) -> None:
    db = project.models.parent / "db.py"
    noise = "import logging\n\nlogging.getLogger('my_app').warning('noise')\n"
    db.write_text(db.read_text() + noise)
    result = project.cli("upgrade", "head", "--sql")
    assert result.returncode == 0
    assert "WARNING [my_app] noise" in result.stderr
    assert "INFO  [alembic.runtime.migration] Running upgrade" in result.stderr
    assert "noise" not in result.stdout
    assert "INFO" not in result.stdout
    assert project.url
    run_script(project.url, result.stdout)
    assert table_names(project.url) == {"customer", "purchase"}


APPLICATION = """
import logging
import sys

from alembic import command
from alembic.config import Config

logging.basicConfig(level=logging.ERROR, stream=sys.stdout)
logger = logging.getLogger("application")
command.upgrade(Config("alembic.ini"), "head")
print(logger.disabled, logging.getLevelName(logging.root.level))
"""


def application_s_logger(folder: Path, environment: dict[str, str]) -> str:
    """Migrate in an application and return what it says of its loggers."""
    result = processes.run(("python", "-c", APPLICATION), folder, environment)
    assert result.returncode == 0, result.stderr
    assert result.stderr == "" or "INFO" in result.stderr
    return result.stdout.strip()


def test_application_s_loggers_stay_and_nothing_is_printed(project: Project) -> None:
    assert application_s_logger(project.path, project.environment()) == "False ERROR"


GARBAGE = """
import atexit
import gc

from alembic import command
from alembic.config import Config, main

unchanged = gc.get_threshold()
atexit.register(lambda: print(gc.get_threshold() == unchanged, gc.get_freeze_count() == 0))
"""


@pytest.mark.parametrize(
    ("call", "unchanged"),
    [
        ("main(['upgrade', 'head'])", "False False"),
        ("command.upgrade(Config('alembic.ini'), 'head')", "True True"),
    ],
)
def test_garbage_collection_changes_for_the_command_line_alone(
    call: str, unchanged: str, project: Project
) -> None:
    result = subprocess.run(
        [sys.executable, "-c", GARBAGE + call],
        cwd=project.path,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == unchanged


@pytest.mark.parametrize("mode", template.choices("mode"))
def test_stock_set_up_disables_the_application_s_loggers(mode: str, tmp_path: Path) -> None:
    stock = Config(tmp_path / "alembic.ini")
    name = {"sync": "generic", "async": "async"}[mode]
    command.init(stock, str(tmp_path / "stock"), template=name)
    url = make_url(f"{DRIVERS[mode]}:///{tmp_path / 'stock.db'}")
    ini = tmp_path / "alembic.ini"
    ini.write_text(ini.read_text().replace("driver://user:pass@localhost/dbname", str(url)))
    environment = new_project(tmp_path).environment()
    assert application_s_logger(tmp_path, environment) == "True WARNING"
