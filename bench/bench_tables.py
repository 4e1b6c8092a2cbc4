"""Commands that compare, with the size of the schema, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from measure import Compare
from projects import Case, models, new_case
from support.databases import database

SIZES = [10, 100, 1000]


@pytest.fixture(scope="module", params=SIZES)
def case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Case]:
    """Make a project with so many tables in the models and in the database."""
    folder = tmp_path_factory.mktemp("tables")
    with database("postgresql+psycopg", folder) as url:
        case = new_case(folder, url, "sync", models(request.param, modules=10))
        case.write_first_revision()
        case.to_head()
        case.size = request.param
        yield case


def bench_check(case: Case, compare: Compare) -> None:
    row = {"command": "check", "tables": case.size}
    compare("tables", row, case.commands("check"), share=share(case))


def bench_autogenerate(case: Case, compare: Compare) -> None:
    case.execute("ALTER TABLE table_0001 DROP COLUMN total")
    row = {"command": "revision --autogenerate", "tables": case.size}
    commands = case.commands("revision", "--autogenerate", "--message", "column")
    compare("tables", row, commands, before=case.forget_new_revisions, share=share(case))


def share(case: Case) -> float:
    """Return the part of --pairs to run."""
    return 0.5 if case.size < 1000 else 0.3
