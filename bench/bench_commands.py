"""Every command, beside the env.py of `alembic init`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from databases import database
from measure import DRIVERS, Compare
from projects import Case, new_case

RUFF = """
[post_write_hooks]
hooks = check, format
check.type = module
check.module = ruff
check.options = check --select F401,I --fix-only --no-cache --quiet REVISION_SCRIPT_FILENAME
format.type = module
format.module = ruff
format.options = format --no-cache --quiet REVISION_SCRIPT_FILENAME
"""


@pytest.fixture(scope="module", params=DRIVERS, ids="-".join)
def case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Case]:
    """Make a project with the starter's models, at its head."""
    mode, driver = request.param
    folder = tmp_path_factory.mktemp("commands")
    with database(driver, folder) as url:
        case = new_case(folder, url, mode)
        case.write_first_revision()
        case.to_head()
        yield case


@pytest.mark.parametrize("command", ["current", "history", "check"])
def bench_command(case: Case, command: str, compare: Compare) -> None:
    # The check of stock finds changes on some databases, and fails then.
    compare("commands", row(case, command), case.commands(command, fails=command == "check"))


def bench_upgrade_nothing_to_do(case: Case, compare: Compare) -> None:
    named = row(case, "upgrade head, nothing to do")
    compare("commands", named, case.commands("upgrade", "head"))


def bench_upgrade_from_empty(case: Case, compare: Compare) -> None:
    named = row(case, "upgrade head, from empty")
    compare("commands", named, case.commands("upgrade", "head"), before=case.clear)


@pytest.mark.parametrize("ruff", [False, True], ids=["plain", "ruff"])
def bench_autogenerate(case: Case, ruff: bool, compare: Compare) -> None:  # noqa: FBT001
    if ruff and case.url.drivername != "sqlite+pysqlite":
        pytest.skip("ruff does the same for every database")
    case.forget_new_revisions()
    case.clear()
    case.to_head()
    case.execute("ALTER TABLE purchase DROP COLUMN total")
    ini = case.path / case.ini["stock"]
    unchanged = ini.read_text()
    if ruff:
        ini.write_text(unchanged.replace("\n[post_write_hooks]\n", RUFF))
    arguments = ["revision", "--autogenerate", "--message", "column"]
    named = row(case, "revision --autogenerate" + ", with ruff" * ruff)
    commands = case.commands(*arguments, ruff=ruff)
    compare("commands", named, commands, before=case.forget_new_revisions)
    ini.write_text(unchanged)


def row(case: Case, command: str) -> dict[str, object]:
    """Return what stands before the figures."""
    return {"command": command, "mode": case.mode, "driver": case.url.drivername}
