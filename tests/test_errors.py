"""What goes wrong from the outside ends in a sentence that says what to do (promises 1 and 9)."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from alembic.util import CommandError
from sqlalchemy import URL, make_url

from support import processes, template
from support.databases import database, missing, missing_driver
from support.migrations import Project, existing_project, new_project

# Runs `alembic current` for each URL, where one import may fail: once the command line is tested
# in one process for each driver, not for each of its errors. It may have imported the driver.
SEVERAL = """
import os, sys
from alembic.config import main

if blocked := sys.argv[1]:
    package = blocked.partition(".")[0]
    for module in [each for each in sys.modules if each.partition(".")[0] == package]:
        del sys.modules[module]
    sys.modules[blocked] = None
for url in sys.argv[2:]:
    os.environ["DATABASE_URL"] = url
    try:
        main(["current"])
    except SystemExit as error:
        assert error.code
    print("END", flush=True)
"""
MODULES = {
    "aiosqlite": "aiosqlite",
    "mysqldb": "MySQLdb",
    "mysqlconnector": "mysql.connector",
    "mariadbconnector": "mariadb",
}
SERVER_DRIVERS = [
    (mode, driver)
    for mode, driver in template.MODES_AND_DRIVERS
    if driver.split("+")[0] in ("postgresql", "mysql", "mariadb")
]
PSYCOPG = "postgresql+psycopg"
HINT = "is the server running, and the URL right?"
SHOWS_WHERE = "alembic --raiseerr shows where"
MODEL_MODULE = "my_app.models.broken can't be imported "


def message(output: str) -> str:
    """Return the message of a command that failed, in one line: Alembic wraps it."""
    assert "Traceback" not in output
    lines = [line for line in output.splitlines() if not line.startswith("INFO ")]
    joined = " ".join(" ".join(lines).split())
    assert joined.startswith("FAILED: ")
    assert joined.count("FAILED") == 1
    assert len(joined) < 320  # four lines of a terminal, for the longest URL and reason
    return joined.removeprefix("FAILED: ")


def failure(project: Project, *arguments: str) -> str:
    """Run a command that fails, and return its message."""
    result = project.cli(*arguments)
    assert result.returncode not in (0, 1)  # 1 is a traceback's
    return message(result.stdout + result.stderr)


def failures(project: Project, *urls: URL, blocked: str = "") -> list[str]:
    """Run `alembic current` on each URL, and return the messages."""
    given = [url.render_as_string(hide_password=False) for url in urls]
    command = ("python", "-c", SEVERAL, blocked, *given)
    result = processes.run(command, project.path, os.environ, merged=True)
    *outputs, rest = result.stdout.split("END\n")
    assert (result.returncode, rest, len(outputs)) == (0, "", len(urls)), result.stdout
    return [message(output) for output in outputs]


@pytest.mark.parametrize(
    ("mode", "driver"), [*SERVER_DRIVERS, *template.MODES_AND_DRIVERS_ON_MYSQL], ids=str
)
def test_server_that_refuses(mode: str, driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        wrong = url.set(username="nobody", password="hunter2")  # noqa: S106 # a wrong one
        absent = url.set(database="absent")
        down = url.set(port=1)
        elsewhere = url.set(host="host.invalid")
        project = new_project(tmp_path, mode=mode, driver=driver)
        messages = failures(project, wrong, absent, down, elsewhere)
    for used, said in zip((wrong, absent, down, elsewhere), messages, strict=True):
        shown = used.render_as_string(hide_password=True)
        assert said.startswith(f"Can't connect to {shown}: ")
        assert said.endswith(f"; {HINT}")
        assert "{'" not in said  # a Python object
    assert re.search("nobody", messages[0].split(": ", 1)[1])
    assert re.search("absent", messages[1].split(": ", 1)[1])


@pytest.mark.parametrize(
    ("mode", "driver"),
    [pair for pair in template.MODES_AND_DRIVERS if pair[1] != "sqlite+pysqlite"],
    ids=str,
)
def test_driver_that_is_not_installed(mode: str, driver: str, tmp_path: Path) -> None:
    project = new_project(tmp_path, mode=mode, driver=driver)
    plain = driver.split("+")[1]
    module = MODULES.get(plain, plain.removesuffix("_async"))
    url = make_url(f"{driver}://user:hunter2@localhost/db")
    if "sqlite" in driver:
        url = make_url(f"{driver}:///app.db")
    (said,) = failures(project, url, blocked=module)
    assert module in said
    assert re.search(r"; pip install '.+'$", said)


def test_greenlet_that_is_not_installed(tmp_path: Path) -> None:
    project = new_project(tmp_path, mode="async", driver="sqlite+aiosqlite")
    (project.path / "greenlet.py").write_text("raise ImportError\n")
    result = project.interpreter("current")  # for SQLAlchemy has it already in the others
    assert message(result.stdout + result.stderr) == (
        "greenlet can't be imported: pip install 'sqlalchemy[asyncio]'"
    )


@pytest.mark.parametrize("driver", ["sqlite+pysqlite", "sqlite+aiosqlite"])
def test_sqlite_file_in_a_missing_folder(driver: str, tmp_path: Path) -> None:
    mode = "async" if "aio" in driver else "sync"
    project = new_project(tmp_path, mode=mode, driver=driver)
    (said,) = failures(project, make_url(f"{driver}:///missing/app.db"))
    assert said == (
        f"Can't connect to {driver}:///missing/app.db: unable to open database file;"
        " is its folder there?"
    )


def test_url_that_is_missing_or_wrong(tmp_path: Path) -> None:
    project = new_project(tmp_path, driver=PSYCOPG)
    assert failure(project, "current") == (
        f"Set DATABASE_URL, for example to {PSYCOPG}://user:password@host/database"
    )
    (another,) = failures(project, make_url("mysql://user:hunter2@host/db"))
    assert another == (
        "DATABASE_URL is for mysql, but these migrations are for PostgreSQL: "
        "unset it, or set MIGRATIONS_DATABASE_URL"
    )


def test_malformed_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "user:hunter2@host")
    project = new_project(tmp_path, driver=PSYCOPG)
    assert failure(project, "current").startswith("DATABASE_URL is not a database URL such as")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("import absent", "(ModuleNotFoundError: No module named 'absent')"),
        ("from my_app.db import absent", "(ImportError: cannot import name 'absent' from "),
        ("class Broken(", "(SyntaxError: '(' was never closed (broken.py, line 1))"),
        ("Absent", "(NameError: name 'Absent' is not defined)"),
        ("raise ValueError('first\\nsecond')", "(ValueError: first)"),
    ],
)
def test_model_that_can_not_be_imported(content: str, reason: str, tmp_path: Path) -> None:
    project = new_project(tmp_path)
    (project.models / "broken.py").write_text(content)
    said = failure(project, "revision", "--autogenerate", "-m", "new")
    assert said.startswith(MODEL_MODULE + reason)
    assert said.endswith(SHOWS_WHERE)
    assert not project.revisions


@pytest.mark.parametrize(
    ("hooks", "reason"),
    [
        ("import absent", "ModuleNotFoundError: No module named 'absent'"),
        ("target_metadata = (", "SyntaxError: '(' was never closed (hooks.py, line 1)"),
        ("target_metadata = Absent", "NameError: name 'Absent' is not defined"),
    ],
)
def test_hooks_py_that_fails(hooks: str, reason: str, tmp_path: Path) -> None:
    project = new_project(tmp_path)
    (project.migrations / "hooks.py").write_text(hooks)
    assert failure(project, "current") == f"hooks.py can't be imported ({reason}); {SHOWS_WHERE}"


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ("absent.db:Base.metadata", "ModuleNotFoundError: No module named 'absent'"),
        ("my_app.db:Absent.metadata", "ImportError: cannot import name 'Absent' from 'my_app.db'"),
        ("my_app.db:Base.absent", "AttributeError: type object 'Base' has no attribute 'absent'"),
    ],
)
def test_metadata_that_does_not_exist(metadata: str, reason: str, tmp_path: Path) -> None:
    project = existing_project(tmp_path, metadata=metadata)
    said = failure(project, "check")
    assert said.startswith(f"hooks.py can't be imported ({reason}")
    assert said.endswith(SHOWS_WHERE)


@pytest.mark.parametrize("mode", template.choices("mode"))
def test_two_heads(mode: str, tmp_path: Path) -> None:
    project = new_project(tmp_path, mode=mode, driver=template.choices("driver", mode=mode)[0])
    for number in (1, 2):
        content = f"revision = '{number}'\ndown_revision = None\ndef upgrade(): pass\n"
        (project.migrations / "versions" / f"{number}.py").write_text(content)
    assert "'heads'" in failure(project, "upgrade", "head")


@pytest.mark.parametrize("mode", template.choices("mode"))
def test_database_at_a_revision_that_the_code_lacks(mode: str, tmp_path: Path) -> None:
    driver = template.choices("driver", mode=mode)[0]
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, mode=mode, driver=driver)
        first = project.autogenerate("create tables")
        project.run("revision", message="newer")
        project.run("upgrade", "head")
        (newer,) = {*project.revisions} - {first}
        newer.unlink()
        commands: list[tuple[str, list[str]]] = [
            ("upgrade", ["head"]),
            ("downgrade", ["-1"]),
            ("stamp", ["head"]),
            ("current", []),
            ("check", []),
        ]
        revision = newer.stem.split("_")[4]
        expected = (
            f"Can't locate revision identified by '{revision}', at which the database is: run the "
            "newer code that migrated it, or restore the revision's file; if that is lost, `which` "
            "finds the revision to stamp"
        )
        for name, arguments in commands:
            with pytest.raises(CommandError) as error:
                project.run(name, *arguments)
            assert str(error.value) == expected
        project.run("stamp", "head", purge=True)
        with pytest.raises(CommandError, match=r"^Can't locate revision identified by 'absent'$"):
            project.run("upgrade", "absent")  # is no matter of the database


@pytest.mark.filterwarnings("ignore:Revision 2 referenced")  # by Alembic
@pytest.mark.parametrize("named", ["down_revision = ('1', '2')", "depends_on = '2'"])
def test_revision_that_follows_one_without_a_file(named: str, tmp_path: Path) -> None:
    project = new_project(tmp_path)
    for number, follows in ("1", "down_revision = None"), ("3", f"down_revision = '1'\n{named}"):
        content = f"revision = '{number}'\n{follows}\ndef upgrade(): pass\n"
        (project.migrations / "versions" / f"{number}.py").write_text(content)
    expected = "Revision 3 follows 2, which has no file: restore the file, or have 3 follow another"
    for name, arguments, options in (
        ("upgrade", ["head"], {}),
        ("upgrade", ["head"], {"sql": True}),
        ("current", [], {}),
        ("revision", ["next"], {"autogenerate": True}),
    ):
        with pytest.raises(CommandError, match=expected):
            project.run(name, *arguments, **options)
    own = f"{content}\nimport os\nos.environ['absent']"
    (project.migrations / "versions" / "3.py").write_text(own)
    with pytest.raises(KeyError, match="absent"):
        project.run("upgrade", "head")


@pytest.mark.parametrize("mode", template.choices("mode"))
def test_raiseerr_shows_the_traceback(mode: str, tmp_path: Path) -> None:
    driver = template.choices("driver", mode=mode)[1]
    if reason := missing_driver(driver):
        missing(reason)
    url = make_url(f"{driver}://user:hunter2@127.0.0.1:1/db")
    project = new_project(tmp_path, url, mode=mode, driver=driver)
    result = project.cli("--raiseerr", "current")
    assert result.returncode == 1
    assert "Traceback" in result.stderr
    assert "ConnectionRefused" in result.stderr or "Connection refused" in result.stderr
    assert "hunter2" not in result.stdout + result.stderr
