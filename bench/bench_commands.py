"""Every command, beside the env.py of `alembic init`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from measure import DRIVERS, Compare
from projects import Case, new_case
from support.databases import database

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
    compare("commands", row(case, command), sides(case, command))


def bench_upgrade_nothing_to_do(case: Case, compare: Compare) -> None:
    named = row(case, "upgrade head, nothing to do")
    compare("commands", named, sides(case, "upgrade", "head"))


def bench_upgrade_from_empty(case: Case, compare: Compare) -> None:
    named = row(case, "upgrade head, from empty")
    compare("commands", named, sides(case, "upgrade", "head"), before=case.clear)


@pytest.mark.parametrize("ruff", [False, True], ids=["plain", "ruff"])
def bench_autogenerate(case: Case, ruff: bool, compare: Compare) -> None:  # noqa: FBT001
    if ruff and case.url.drivername != "sqlite+pysqlite":
        pytest.skip("ruff does the same for every database")
    case.forget_new_revisions()
    case.clear()
    case.to_head()
    case.execute("ALTER TABLE purchase DROP COLUMN total")
    unchanged = {name: (case.path / name).read_text() for name in ("stock.ini", "frozen.ini")}
    for name, text in unchanged.items() if ruff else ():
        (case.path / name).write_text(text.replace("\n[post_write_hooks]\n", RUFF))
    arguments = ["revision", "--autogenerate", "--message", "column"]
    named = row(case, "revision --autogenerate" + ", with ruff" * ruff)
    commands = sides(case, *arguments, ruff=ruff)
    compare("commands", named, commands, before=case.forget_new_revisions)
    for name, text in unchanged.items():
        (case.path / name).write_text(text)


def sides(case: Case, *arguments: str, ruff: bool = False) -> dict[str, Callable[[], float]]:
    """Return the command for each side, with stock's as it would be with our two lines too."""
    return {side: case.command(side, *arguments, ruff=ruff) for side in (*case.ini, *case.frozen)}


def row(case: Case, command: str) -> dict[str, object]:
    """Return what stands before the figures."""
    return {"command": command, "mode": case.mode, "driver": case.url.drivername}
