"""Commands that compare nothing, with the number of the application's modules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from measure import Compare
from projects import Case, models, new_case
from support.databases import database

SIZES = [1, 100, 300, 1000]


@pytest.fixture(scope="module", params=SIZES)
def case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Case]:
    """Make a project with so many modules of models, at its head."""
    folder = tmp_path_factory.mktemp("modules")
    with database("sqlite+pysqlite", folder) as url:
        case = new_case(folder, url, "sync", models(request.param, modules=request.param))
        case.write_revision(1, "pass")
        case.to_head()
        case.size = request.param
        yield case


@pytest.mark.parametrize("command", ["current", "upgrade head"])
def bench_modules(case: Case, command: str, compare: Compare) -> None:
    row = {"command": command, "modules": case.size}
    compare("modules", row, case.commands(*command.split()), share=0.5)
