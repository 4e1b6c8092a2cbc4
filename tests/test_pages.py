"""The pages in docs/: their examples run as written, and what they name is there."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from alembic.util import CommandError
from sqlalchemy import text

from support import template
from support.databases import admin_engine, database, need_extensions, plain_engine
from support.migrations import Project, new_project
from support.pages import DOCS, follow

POSTGRESQL = {"driver": "postgresql+psycopg"}
ANSWERS = {
    "backfill.md": POSTGRESQL,
    "concurrent-upgrades.md": POSTGRESQL,
    "data-migrations.md": POSTGRESQL,
    "extensions.md": POSTGRESQL,
    "mysql-locks.md": {"driver": "mysql+pymysql"},
    "tenant-databases.md": {"tenants": "databases"},
    "tenants.md": POSTGRESQL | {"tenants": "schemas"},
    "timeouts.md": POSTGRESQL,
    "locks.md": POSTGRESQL,
    "passwords.md": POSTGRESQL,
    "postgresql-enums.md": POSTGRESQL,
    "event-loop.md": {"mode": "async", "driver": "sqlite+aiosqlite"},
    "urls.md": {"mode": "async", "driver": "postgresql+asyncpg"},
}
# The pages that answer a question: others hold measurements. settings.md is followed in
# test_recipes.py, recovery.md in test_recovery.py.
PAGES = sorted(
    path.name
    for path in DOCS.glob("*.md")
    if path.read_text().partition("\n")[0].endswith("?")
    and path.name not in ("recovery.md", "settings.md")
)

# What is there before the page's first command, and may be taken away after its last.
Situation = Callable[[Project, pytest.MonkeyPatch], AbstractContextManager[object]]

MODELS = '''
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The models of one database."""


class Model(Base):
    """A table of it."""

    __tablename__ = "{table}"

    id: Mapped[int] = mapped_column(primary_key=True)
'''


def migrated(project: Project) -> None:
    """Take the project to its first revision."""
    project.autogenerate("create tables")
    project.run("upgrade", "head")


@contextmanager
def nothing(_project: Project, _environment: pytest.MonkeyPatch) -> Iterator[None]:
    yield


@contextmanager
def package_is_installed(project: Project, environment: pytest.MonkeyPatch) -> Iterator[None]:
    environment.setenv("PYTHONPATH", str(project.models.parents[1]))
    yield


@contextmanager
def first_revision_is_there(project: Project, _: pytest.MonkeyPatch) -> Iterator[None]:
    migrated(project)
    yield


@contextmanager
def revision_1_is_there(project: Project, _: pytest.MonkeyPatch) -> Iterator[None]:
    project.run("revision", message="create tables", autogenerate=True, rev_id="1")
    project.run("upgrade", "head")
    yield


@contextmanager
def customers_are_there(project: Project, environment: pytest.MonkeyPatch) -> Iterator[None]:
    with revision_1_is_there(project, environment):
        assert project.url
        rows = "('a@example.com'), ('b@example.com'), ('c@example.com')"
        with plain_engine(project.url).begin() as connection:
            connection.execute(text(f"INSERT INTO customer (email) VALUES {rows}"))
        yield


@contextmanager
def another_session_reads_a_table(project: Project, _: pytest.MonkeyPatch) -> Iterator[None]:
    migrated(project)
    assert project.url
    with plain_engine(project.url).connect() as connection:
        connection.execute(text("SELECT * FROM customer"))
        yield


@contextmanager
def role_has_an_odd_password(project: Project, environment: pytest.MonkeyPatch) -> Iterator[None]:
    name, password = f"r_{uuid.uuid4().hex[:16]}", "p@ss%40w/rd%(here)s"
    url, project.url = project.url, None
    assert url
    parts = {"USER": name, "PASSWORD": password, "HOST": url.host, "PORT": url.port}
    for part, value in {**parts, "NAME": url.database}.items():
        environment.setenv(f"DB_{part}", str(value))
    with admin_engine("postgresql").connect() as admin:
        admin.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'"))
        try:
            yield
        finally:
            admin.execute(text(f"DROP ROLE {name}"))


@contextmanager
def two_branches_are_merged(project: Project, environment: pytest.MonkeyPatch) -> Iterator[None]:
    environment.setenv("PYTHONPATH", str(project.models.parents[1]))
    with revision_1_is_there(project, environment):
        for rev_id, message in ("2", "add invoices"), ("3", "add refunds"):
            project.run("revision", message=message, rev_id=rev_id, head="1", splice=True)
        yield


@contextmanager
def revision_1_is_there_and_installed(
    project: Project, environment: pytest.MonkeyPatch
) -> Iterator[None]:
    environment.setenv("PYTHONPATH", str(project.models.parents[1]))
    with revision_1_is_there(project, environment):
        yield


@contextmanager
def queue_has_a_table(project: Project, _: pytest.MonkeyPatch) -> Iterator[None]:
    migrated(project)
    assert project.url
    with plain_engine(project.url).begin() as connection:
        connection.execute(text("CREATE TABLE queue_job (id int)"))
    with pytest.raises(CommandError, match="queue_job"):
        project.run("check")
    yield


@contextmanager
def two_databases_have_sets_of_migrations(
    project: Project, environment: pytest.MonkeyPatch
) -> Iterator[None]:
    environment.delenv("MIGRATIONS_DATABASE_URL", raising=False)
    environment.setenv("PYTHONPATH", str(project.models.parents[1]))
    copies = re.findall(r"(?m)^    copier copy (.*)$", (DOCS / "several-databases.md").read_text())
    for line in copies:
        answers = dict(re.findall(r"-d (\w+)=(\S+)", line))
        *_, folder = line.split()
        name = Path(folder).name
        (project.models.parent / f"{name}.py").write_text(MODELS.format(table=name))
        template.render(project.path / folder, **answers)
        environment.setenv(f"{name.upper()}_DATABASE_URL", f"sqlite:///{project.path}/{name}.db")
    yield


@contextmanager
def extensions_are_installed(project: Project, _: pytest.MonkeyPatch) -> Iterator[None]:
    assert project.url
    need_extensions(project.url, "postgis", "vector", "timescaledb")
    yield


SITUATIONS: dict[str, Situation] = {
    "backfill.md": customers_are_there,
    "connection.md": package_is_installed,
    "data-migrations.md": customers_are_there,
    "event-loop.md": package_is_installed,
    "extensions.md": extensions_are_installed,
    "foreign-tables.md": queue_has_a_table,
    "locks.md": revision_1_is_there,
    "loggers.md": package_is_installed,
    "mysql-locks.md": revision_1_is_there,
    "passwords.md": role_has_an_odd_password,
    "several-databases.md": two_databases_have_sets_of_migrations,
    "squash.md": revision_1_is_there_and_installed,
    "timeouts.md": another_session_reads_a_table,
    "two-heads.md": two_branches_are_merged,
    "unnamed-constraints.md": first_revision_is_there,
}


@pytest.mark.parametrize("page", PAGES)
def test_page_s_example_runs_as_written(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {"mode": "sync", "driver": "sqlite+pysqlite"} | ANSWERS.get(page, {})
    server = "extensions" if page == "extensions.md" else ""
    with database(answers["driver"], tmp_path, server) as url:
        project = new_project(tmp_path, url, **answers)
        with SITUATIONS.get(page, nothing)(project, monkeypatch):
            follow((DOCS / page).read_text(), project)


def test_start_page_runs_as_written(tmp_path: Path) -> None:
    page = (DOCS / "start.md").read_text()
    assert "--data driver=postgresql+psycopg <address" in page
    with database(POSTGRESQL["driver"], tmp_path) as url:
        follow(page, new_project(tmp_path, url, **POSTGRESQL))


def test_rows_of_the_page_are_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with database("postgresql+psycopg", tmp_path) as url:
        project = new_project(tmp_path, url, driver="postgresql+psycopg")
        with customers_are_there(project, monkeypatch):
            follow((DOCS / "data-migrations.md").read_text(), project)
        query = text("SELECT email, domain FROM customer ORDER BY id")
        with plain_engine(url).connect() as connection:
            rows = [tuple(row) for row in connection.execute(query)]
    expected = [f"{name}@example.com" for name in ("a", "b", "c", "info")]
    assert rows[:4] == [(email, "example.com") for email in expected]


def test_added_constraint_has_a_name_without_a_naming_convention(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    base = project.models.parent / "db.py"
    before = base.read_text()
    base.write_text(before.replace("naming_convention=", "info="))
    assert base.read_text() != before
    migrated(project)
    follow((DOCS / "unnamed-constraints.md").read_text(), project)


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("*.md")))
def test_page_names_tests_and_pages_that_exist(page: str) -> None:
    content = (DOCS / page).read_text()
    for file, function in re.findall(r"(tests/\w+\.py)::(\w+)", content):
        body = ast.parse((template.ROOT / file).read_text()).body
        assert function in {node.name for node in body if isinstance(node, ast.FunctionDef)}
    for target in re.findall(r"\]\(([^)]+)\)", content):
        assert target.startswith("https://") or (DOCS / target.split("#")[0]).exists(), target


def test_index_has_every_page() -> None:
    index = (DOCS / "README.md").read_text()
    assert len(PAGES) == 24
    assert {*PAGES, "recovery.md", "settings.md"} <= set(re.findall(r"\]\((\w[\w-]*\.md)\)", index))


@pytest.mark.parametrize("page", [*PAGES, "recovery.md"])
def test_page_says_what_stock_alembic_does_and_what_we_do(page: str) -> None:
    content = (DOCS / page).read_text()
    assert "`alembic init" in content
    assert re.search(r"[Tt]his template", content)


# --- The recording --------------------------------------------------------------------------


def shown_in(recording: Path) -> str:
    """Return what the recording shows."""
    root = ET.fromstring(recording.read_text())  # noqa: S314 # our own file
    lines = root.iter("{http://www.w3.org/2000/svg}text")
    return "".join(line.text or "" for line in lines).replace("\N{NO-BREAK SPACE}", " ")


def test_recording_can_be_made_again(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.recording", str(tmp_path / "demo.svg")]
    subprocess.run(command, cwd=template.ROOT, check=True)
    for recording in (DOCS / "demo.svg", tmp_path / "demo.svg"):
        shown = shown_in(recording)
        assert "$ copier copy --defaults copier-alembic my-app" in shown
        assert re.search(r"Generating ~/my-app/src/my_app/migrations/versions/\d{4}_", shown)
        assert shown.strip().endswith("No new upgrade operations detected.")
        for path in (template.ROOT, tmp_path, tempfile.gettempdir(), Path.home()):
            assert f"{path}/" not in recording.read_text()
