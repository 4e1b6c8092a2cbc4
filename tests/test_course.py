"""Every change of a model becomes a revision that runs, keeps the rows, and goes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from course import Change, Course
from test_schemas import DRIVERS, empty, project_of

CHANGES = Path(__file__).parent / "changes"
# Of the rendered db.py.
CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
# By the second line of a case.
CONVENTIONS: dict[str, list[dict[str, str] | None]] = {
    "# with a naming convention": [CONVENTION],
    "# with and without a naming convention": [None, CONVENTION],
}
MODELS = """\
from shop.change import {form}
from sqlalchemy import MetaData

metadata = MetaData(naming_convention={convention})
{form}(metadata)
"""


def parameters() -> list[Any]:
    """Return a driver, a file and a naming convention for each test.

    The first line of a case names its databases.
    """
    found = []
    for file in sorted(CHANGES.rglob("*.py")):
        databases, second, *_ = file.read_text().splitlines()
        for dialect in databases.strip("# ").split():
            for convention in CONVENTIONS.get(second, [None]):
                name = f"{dialect}-{file.relative_to(CHANGES).with_suffix('')}"
                name += "-convention" if convention else ""
                found.append(pytest.param(DRIVERS[dialect], file, convention, id=name))
    return found


@pytest.mark.parametrize(("driver", "file", "convention"), parameters())
def test_change_is_seen_runs_keeps_the_rows_and_goes_back(
    driver: str, file: Path, convention: dict[str, str] | None, tmp_path: Path
) -> None:
    source = file.read_text().replace("{driver}", driver)
    before, after = (MODELS.format(form=f, convention=convention) for f in ("before", "after"))
    namespace: dict[str, Any] = {"__name__": "case"}
    exec(compile(source, str(file), "exec"), namespace)  # noqa: S102 # ours
    known = {name: namespace[name] for name in Change.__annotations__ if name in namespace}
    with empty(driver, tmp_path) as url, empty(driver, tmp_path) as created:
        project = project_of(before, driver, url, tmp_path)
        (project.path / "src/shop/change.py").write_text(source)
        Course(project, url, created, before, after, Change(**known)).run()
