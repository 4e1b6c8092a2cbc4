"""README, CONTRIBUTING, CHANGELOG and what the pages have generated say what is there."""

from __future__ import annotations

import ast
import json
import os
import re
import uuid
from pathlib import Path
from statistics import median

import pytest
from sqlalchemy import text

from support import processes, template
from support.databases import admin_engine, database
from support.migrations import new_project

DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
DRIVERS = template.MODES_AND_DRIVERS


def read(name: str) -> str:
    """Return a file of the repository."""
    return (template.ROOT / name).read_text()


def test_generated_parts_are_up_to_date() -> None:
    command = ("python", "-m", "scripts.readme", "--check")
    result = processes.run(command, template.ROOT, os.environ)
    assert result.returncode == 0, result.stderr


def named_tests() -> list[tuple[str, str]]:
    """Return every test that a document names, by file and function."""
    return sorted(
        {
            match
            for document in DOCUMENTS
            for match in re.findall(r"(tests/\w+\.py)::(\w+)", read(document))
        }
    )


@pytest.mark.parametrize(("file", "function"), named_tests())
def test_named_test_exists(file: str, function: str) -> None:
    defined = {
        node.name for node in ast.parse(read(file)).body if isinstance(node, ast.FunctionDef)
    }
    assert function.startswith("test_")
    assert function in defined


def test_figures_of_speed_in_the_comparison_are_those_that_were_measured() -> None:
    measured = json.loads(read("docs/benchmarks.json"))

    def ratios(point: str, **row: object) -> list[str]:
        """Return ours to stock, of the medians, smallest first."""
        return sorted(
            f"{median(sides['ours']['seconds']) / median(sides['stock']['seconds']):.2f}"
            for entry in measured[point]["rows"]
            for sides in [entry["sides"]]
            if entry["row"].items() >= row.items() and entry["row"]["command"] != "history"
        )

    lowest, *_, highest = ratios("commands")  # history does not run env.py
    (modules,) = ratios("modules", command="upgrade head", modules=300)
    page = " ".join(read("docs/compared.md").split())
    assert f"A command on the starter's models takes {lowest} to {highest} of the time" in page
    assert f"`upgrade` with 300 modules of models {modules}." in page


def test_every_row_of_the_comparison_names_a_test() -> None:
    page = read("docs/compared.md").splitlines()
    head, line, *rows = [line for line in page if line.startswith("|")]
    assert head.endswith("| test |")
    assert set(line) == {"|", "-"}
    assert rows
    for row in rows:
        assert re.search(r"\| `tests/\w+\.py::\w+` \|$", row), row


@pytest.mark.parametrize(("mode", "driver"), DRIVERS)
def test_driver_is_in_the_table(mode: str, driver: str) -> None:
    (row,) = re.findall(
        rf"^\| {mode} \| `{re.escape(driver)}` \|.*$", read("docs/drivers.md"), re.MULTILINE
    )
    tested = not driver.startswith(("mssql+", "oracle+"))
    assert ("every test run migrates" in row) == tested
    assert ("SQL only: not run against a server here" in row) != tested


def test_readme_names_each_driver_where_it_runs() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| (`.*) \|$", read("README.md"), re.MULTILINE))
    for title, prefix in {"SQLite": "sqlite", "PostgreSQL": "postgresql"}.items():
        for mode, cell in zip(("sync", "async"), rows[title].split(" | "), strict=True):
            expected = [d.split("+")[1] for m, d in DRIVERS if m == mode and d.startswith(prefix)]
            assert re.findall(r"`(\w+)`", cell) == expected
    on_mariadb = [d for _, d in DRIVERS if d.startswith(("mysql", "mariadb"))]
    assert re.findall(r"`(\w+)`", rows["MariaDB"]) == [d.split("+")[1] for d in on_mariadb]
    on_mysql = [d.removesuffix(template.ON_MYSQL) for _, d in template.MODES_AND_DRIVERS_ON_MYSQL]
    assert re.findall(r"`(\w+)`", rows["MySQL"]) == [d.split("+")[1] for d in on_mysql]


def test_readme_is_read_in_one_go() -> None:
    assert len(read("README.md").splitlines()) <= 150


@pytest.mark.parametrize("document", DOCUMENTS)
def test_make_target_exists(document: str) -> None:
    targets = re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE)
    called = re.findall(r"(?:^ *|`)make ([a-z-]+)", read(document), re.MULTILINE)
    assert called or document == "CHANGELOG.md"
    assert set(called) <= set(targets)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_relative_link_resolves(document: str) -> None:
    headings = re.findall(r"^#+ (.*)$", read(document), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)]+)\)", read(document)):
        if target.startswith("#"):
            assert target[1:] in anchors
        elif not target.startswith("https://"):
            assert (template.ROOT / target).exists(), target


@pytest.mark.parametrize(
    "path",
    sorted(
        path.relative_to(template.ROOT).as_posix()
        for folder in ("scripts", "support", "tests")
        for path in (template.ROOT / folder).glob("[!_]*.py")
    ),
)
def test_contributing_has_a_line_for_each_file(path: str) -> None:
    assert f"| `{path}` | " in read("CONTRIBUTING.md")


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_named_path_exists(document: str) -> None:
    for path in re.findall(
        r"`((?:tests|support|scripts|macros|\.github)/[\w./-]*)", read(document)
    ):
        if path != "tests/test_migrations.py":  # of a rendered project
            assert (template.ROOT / path).exists(), path


# --- A claim of the README that no other file tests -----------------------------------------


@pytest.mark.parametrize(
    ("mode", "driver"), [pair for pair in DRIVERS if pair[1].startswith("postgresql+")]
)
def test_percent_in_a_password_is_taken_as_it_is(mode: str, driver: str, tmp_path: Path) -> None:
    name, password = f"r_{uuid.uuid4().hex[:16]}", "p%40s/s@%%(here)s"
    with database(driver, tmp_path) as url, admin_engine("postgresql").connect() as admin:
        admin.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'"))
        try:
            named = url.set(username=name, password=password)
            project = new_project(tmp_path, named, mode=mode, driver=driver)
            assert "%2540" in project.environment()["DATABASE_URL"]
            project.run("current")
        finally:
            admin.execute(text(f"DROP ROLE {name}"))
