"""Every change of a model becomes a revision that runs, keeps the rows, and goes back."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from support import template
from support.course import Change, Course
from support.databases import lasting_engine
from support.fill import fill
from test_schemas import DRIVERS, PARAMETERS, empty, project_of

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


@pytest.fixture(autouse=True)
def _without_ruff(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run revisions on MySQL and MariaDB as Alembic writes them, as where ruff is not installed."""
    if "driver" in request.fixturenames and "mysql" in request.getfixturevalue("driver"):
        monkeypatch.setitem(sys.modules, "ruff", None)


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


def test_page_names_what_is_not_seen() -> None:
    page = (template.ROOT / "docs" / "not-seen.md").read_text()
    rows = {row.strip() for row in re.findall(r"^\| (.*?) \|", page, re.MULTILINE)}
    sources = [file.read_text() for file in CHANGES.rglob("*.py")]
    known = {
        each
        for source in sources
        for each in re.findall(r'^not_seen = "(.*)"$', source, re.MULTILINE)
    }
    assert known
    assert known <= rows


OLDER = """\
from support.older import older
from shop.real import metadata as real

metadata = older(real, {seed})
"""
SEEDS = [1]


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("driver", "models"), PARAMETERS)
def test_older_form_of_a_schema_becomes_the_real_one_and_goes_back(
    driver: str, models: str, seed: int, tmp_path: Path
) -> None:
    before, after = OLDER.format(seed=seed), "from shop.real import metadata as metadata\n"
    with empty(driver, tmp_path) as url, empty(driver, tmp_path) as created:
        project = project_of(before, driver, url, tmp_path)
        (project.path / "src/shop/real.py").write_text(models.replace("{driver}", driver))
        Course(project, url, created, before, after, Change(drawn=True), fill_tables).run()


def fill_tables(course: Course) -> None:
    """Insert what both forms take, into each table that both have."""
    with course.metadata() as metadata:
        course.notes.append(f"drawn: {'; '.join(metadata.info.get('changes', []))}")
        schemas = {table.schema for table in metadata.tables.values()} - {"public"}
    with (
        lasting_engine(course.url).begin() as first,
        lasting_engine(course.created).begin() as second,
    ):
        filled = fill(first, second, schemas | {None})
    assert filled, "no table took a row"


# Of each thing that a form may have: what it is in one form or another, or None if it is not there.
# Whatever is drawn twice, rows can go from the one to the other and back.
PARTS: dict[str, list[str | None]] = {
    "name": [
        None,
        "Column('name', String(20))",
        "Column('name', String(40), nullable=False, server_default=\"it's\")",
        "Column('name', Text)",
        "Column('name', String(20), index=True)",
        "Column('name', String(30), unique=True)",
    ],
    "order": [
        None,
        "Column('Order', Integer, index=True)",
        "Column('Order', BigInteger)",
        "Column('Order', Integer, nullable=False, server_default='1')",
        "Column('Order', SmallInteger, unique=True)",
    ],
    "state": [
        None,
        "Column('state', Enum('a', 'b', name='state'))",
        "Column('state', Enum('c', 'b', 'a', name='state'), server_default='c')",
        "Column('state', Enum('b', 'a', name='state'), index=True)",
        "Column('state', String(9))",
    ],
    "parent": [
        None,
        "Column('parent_id', ForeignKey('Parent.id'))",
        "Column('parent_id', ForeignKey('Parent.id', ondelete='CASCADE'), index=True)",
        "Column('parent_id', ForeignKey('t.id'))",
        "Column('parent_id', Integer)",
    ],
    "at": [
        None,
        "Column('at', DateTime)",
        "Column('at', DateTime, nullable=False, server_default=func.now())",
    ],
    "twice": [
        None,
        "Column('twice', Integer, Computed('n * 2', persisted=True))",
        "Column('twice', Integer, Computed('n + n + 1', persisted=True), index=True)",
        "Column('twice', BigInteger, Computed('n * 3', persisted=True))",
    ],
    "index": [
        None,
        "Index('of n', 'n')",
        "Index('of n', desc('n'), 'id')",
        "Index('of n', 'n', 'id', unique=True)",
    ],
    "unique": [None, "UniqueConstraint('n', 'id')", "UniqueConstraint('id', 'n', name='of both')"],
    "comment": [None, 'comment="it\'s: 100%"'],
}
# A CHECK that goes from the models is not seen, so these come or change.
CHECKS = {
    "named": [
        "CheckConstraint('n < 100', name='small n')",
        "CheckConstraint('n < 99', name='small n')",
    ],
    "nameless": ["CheckConstraint('n > -1')", "CheckConstraint('n > -9')"],
}
FORM = """\
from sqlalchemy import *

metadata = MetaData(naming_convention={convention})
Table("Parent", metadata, Column("id", Integer, primary_key=True))
Table(
    "t",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("n", Integer, nullable=False, server_default="0"),
    {parts},
)
"""


@st.composite
def two_forms(draw: st.DrawFn) -> tuple[str, str]:
    """Draw models.py before and after a change."""
    convention = draw(st.sampled_from([None, CONVENTION]))
    before, after = (
        [part for choices in PARTS.values() if (part := draw(st.sampled_from(choices)))]
        for _ in range(2)
    )
    for kind, choices in CHECKS.items():
        if kind == "nameless" and convention:
            continue  # SQLAlchemy refuses it
        if check := draw(st.sampled_from([None, *choices])):
            after.append(check)
            before += filter(None, [draw(st.sampled_from([None, *choices]))])
    forms = []
    for parts in (before, after):
        # Arguments with a name come last.
        text = ",\n    ".join(sorted(parts, key=lambda part: part.startswith("comment=")))
        forms.append(FORM.format(convention=convention, parts=text or "info={}"))
    return forms[0], forms[1]


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
@pytest.mark.parametrize("driver", DRIVERS.values())
@settings(max_examples=4, deadline=None, derandomize=True, phases=[Phase.generate])
@given(forms=two_forms().filter(lambda forms: forms[0] != forms[1]))
def test_any_form_of_a_schema_becomes_any_other(driver: str, forms: tuple[str, str]) -> None:
    before, after = forms
    with (
        tempfile.TemporaryDirectory() as folder,
        empty(driver, Path(folder)) as url,
        empty(driver, Path(folder)) as created,
    ):
        project = project_of(before, driver, url, Path(folder))
        change = Change(drawn=True, lost=["t.twice"])
        Course(project, url, created, before, after, change, fill_tables).run()


def test_readme_says_how_many_changes_are_tried() -> None:
    docs = [template.ROOT / "README.md", template.ROOT / "docs" / "compared.md"]
    total = len(parameters()) + len(SEEDS) * len(PARAMETERS) + len(DRIVERS)
    for file in docs:
        assert f"{total} changes of old schemas with rows" in " ".join(file.read_text().split())
