"""`upgrade head` with the number of revisions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from measure import Compare
from projects import Case, new_case
from support.databases import database

SIZES = [10, 100, 1000, 5000]
CREATE = 'op.create_table("note", sa.Column("id", sa.Integer, primary_key=True))'
DROP = 'op.drop_table("note")'


@pytest.fixture(
    scope="module",
    params=[
        (driver, size) for driver in ("sqlite+pysqlite", "postgresql+psycopg") for size in SIZES
    ],
    ids=lambda parameters: f"{parameters[0]}-{parameters[1]}",
)
def case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Case]:
    """Make a project with so many revisions, which create a table and drop it in turn."""
    driver, size = request.param
    folder = tmp_path_factory.mktemp("history")
    with database(driver, folder) as url:
        case = new_case(folder, url, "sync")
        for number in range(1, size + 1):
            case.write_revision(number, CREATE if number % 2 else DROP)
        case.to_head()
        case.size = size
        yield case


def bench_nothing_to_do(case: Case, compare: Compare) -> None:
    compare(
        "history", row(case, "nothing to do"), case.commands("upgrade", "head"), share=share(case)
    )


def bench_nothing_to_do_without_bytecode(case: Case, compare: Compare) -> None:
    if case.size != 1000:
        pytest.skip("one size shows it")

    def forget_bytecode() -> None:
        for folder in case.versions.values():
            for file in folder.glob("__pycache__/*.pyc"):
                file.unlink()

    named = row(case, "nothing to do, without `__pycache__`")
    compare("history", named, case.commands("upgrade", "head"), forget_bytecode, share=share(case))


def bench_from_empty(case: Case, compare: Compare) -> None:
    upgrade = case.commands("upgrade", "head")
    compare("history", row(case, "from empty"), upgrade, before=case.clear, share=share(case))


def row(case: Case, state: str) -> dict[str, object]:
    """Return what stands before the figures."""
    return {"upgrade head": state, "driver": case.url.drivername, "revisions": case.size}


def share(case: Case) -> float:
    """Return the part of --pairs to run."""
    return 0.5 if case.size < 1000 else 0.2
