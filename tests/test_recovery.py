"""docs/recovery.md: each way out leads out, and one sees what the page says that one sees."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, text

from support import tenants
from support.databases import database, missing, plain_engine
from support.migrations import Project, new_project
from support.pages import DOCS, execute, follow, sections
from support.processes import Start, Upgrade, run
from support.repositories import commit, git
from support.servers import postgresql_clients
from support.template import ON_MYSQL

PAGE = sections("recovery.md")
SQLITE, POSTGRESQL, MARIADB = "sqlite+pysqlite", "postgresql+psycopg", "mysql+pymysql"
MYSQL = f"{MARIADB}{ON_MYSQL}"
REVISION = '''\
"""{message}"""
import time

import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = {down!r}
{more}

def upgrade() -> None:
    {up}


def downgrade() -> None:
    {undo}
'''
CUSTOMER = """op.create_table(
        "customer",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(100)),
    )"""
ADD_PHONE = 'op.add_column("customer", sa.Column("phone", sa.String(20)))'
ADD_FAX = ADD_PHONE.replace("phone", "fax")
MISTAKE = "op.execute(\"UPDATE custommer SET phone = ''\")"
UNIQUE = """with op.get_context().autocommit_block():
        op.create_index(
            "ix_customer_email", "customer", ["email"], unique=True, postgresql_concurrently=True
        )"""
HEAD = "SELECT version_num FROM alembic_version"


def write(project: Project, number: int, message: str, up: str, **more: str) -> None:
    """Write the revision with this number, after the one before."""
    down = str(number - 1) if number > 1 else None
    file = project.migrations / "versions" / f"{number}_{message.replace(' ', '_')}.py"
    said = {"undo": "pass", "more": ""} | more
    file.write_text(REVISION.format(number=number, message=message, down=down, up=up, **said))


def customers(project: Project, *following: tuple[str, str]) -> None:
    """Write revisions, run the first, and have two customers, who are of one e-mail address."""
    write(project, 1, "create customer", CUSTOMER)
    project.run("upgrade", "head")
    execute(project, "INSERT INTO customer (id, email) VALUES (1, 'a'), (2, 'a')")
    for number, (message, up) in enumerate(following, 2):
        write(project, number, message, up)


def one(project: Project, query: str) -> Any:
    """Return the one value that a query finds."""
    assert project.url
    with plain_engine(project.url).connect() as connection:
        return connection.scalar(text(query))


def matches(message: str, printed: str) -> bool:
    """Tell whether this was printed, in which dots stand for anything."""
    parts = map(re.escape, " ".join(message.split()).split("..."))
    return bool(re.search(".*".join(parts), " ".join(printed.split())))


def rows() -> list[tuple[str, str, str]]:
    """Return the first table: what one sees, and the page and the section to go to."""
    intro = (DOCS / "recovery.md").read_text().partition("\n## ")[0]
    return re.findall(r"^\| (.*) \| \[.*\]\((?:([\w-]+\.md)|#([\w-]+))\) \|$", intro, re.MULTILINE)


def slug(heading: str) -> str:
    """Return what a link to the heading says."""
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))


def cell(heading: str, row: str, column: int) -> str:
    """Return the code in a table of a section."""
    (found,) = re.findall(rf"^\| {row}.*", PAGE[heading], re.MULTILINE)
    (code,) = re.findall("`([^`]+)`", found.split(" | ")[column])
    return str(code)


# What has happened before the page's first command, and what is to hold after its last. What is
# put into the list was said to somebody else.
Situation = Callable[[Project, pytest.MonkeyPatch, list[str]], AbstractContextManager[None]]


@contextmanager
def revision_has_a_mistake(project: Project, *_: object) -> Iterator[None]:
    customers(project, ("add phone", f"{ADD_PHONE}\n    {MISTAKE}"))
    yield
    assert one(project, "SELECT count(*) FROM customer WHERE phone = ''") == 2


@contextmanager
def revision_was_killed(project: Project, *_: object) -> Iterator[None]:
    fill = "op.execute(\"UPDATE customer SET phone = ''\")"
    customers(project, ("add phone", f"{ADD_PHONE}\n    {fill}"))
    execute(project, "ALTER TABLE customer ADD COLUMN phone VARCHAR(20)")
    before = project.revisions[-1].read_text()
    yield
    assert project.revisions[-1].read_text() == before
    assert one(project, "SELECT count(*) FROM customer WHERE phone = ''") == 2


@contextmanager
def another_branch_has_migrated(project: Project, *_: object) -> Iterator[None]:
    customers(project, ("add phone", ADD_PHONE))
    git(project.path, "init", "--quiet", "--initial-branch", "main")
    commit(project.path)
    git(project.path, "switch", "--quiet", "--create", "newer")
    write(project, 3, "add fax", ADD_FAX, undo='op.drop_column("customer", "fax")')
    commit(project.path)
    project.run("upgrade", "head")
    git(project.path, "switch", "--quiet", "main")
    yield
    git(project.path, "switch", "--quiet", "main")
    assert project.run("current") == "2 (head)\n"


@contextmanager
def file_is_lost(project: Project, _: object, said: list[str]) -> Iterator[None]:
    customers(project, ("add phone", ADD_PHONE), ("add fax", ADD_FAX))
    project.run("upgrade", "head")
    project.revisions[-1].unlink()
    yield
    assert one(project, HEAD) == "2"
    project.revisions[0].unlink()
    result = project.cli("upgrade", "head")
    said.append(result.stdout + result.stderr)
    assert "KeyError: '1'" in project.cli("history").stderr


@contextmanager
def table_of_versions_is_empty(project: Project, *_: object) -> Iterator[None]:
    customers(project, ("add phone", ADD_PHONE), ("add fax", ADD_FAX))
    project.run("upgrade", "2")
    execute(project, "DELETE FROM alembic_version")
    yield
    assert one(project, "SELECT count(fax) FROM customer") == 0


@contextmanager
def two_rows_are_equal(project: Project, *_: object) -> Iterator[None]:
    customers(project, ("index emails", UNIQUE))
    yield
    assert one(project, "SELECT bool_and(indisvalid) FROM pg_index")


@contextmanager
def older_code_is_to_come_back(
    project: Project, _: pytest.MonkeyPatch, said: list[str]
) -> Iterator[None]:
    customers(project, ("add phone", ADD_PHONE))
    require = 'op.alter_column("customer", "phone", nullable=False)'
    write(project, 3, "require phone", require, more="contract = True\n")
    project.run("upgrade", "2")
    yield
    for newer in project.revisions[1:]:
        newer.unlink()
    start = "from my_app.migrations.commands import require_head; require_head()"
    said.append(run(("python", "-c", start), project.path, project.environment()).stderr)
    execute(project, "INSERT INTO customer (id, email) VALUES (3, 'c')")


@contextmanager
def backup_was_taken(project: Project, patch: pytest.MonkeyPatch, _: object) -> Iterator[None]:
    url = project.url
    assert url
    customers(project, ("lose customers", "op.execute('DELETE FROM customer WHERE id = 1')"))
    if url.get_backend_name() == "sqlite":
        shutil.copy(str(url.database), project.path / "before.db")
    else:
        server = {"HOST": url.host, "PORT": url.port, "USER": url.username}
        for name, value in (server | {"DATABASE": url.database}).items():
            patch.setenv(f"PG{name}", str(value))
        clients = postgresql_clients()
        patch.setenv("PATH", str(clients), prepend=os.pathsep)
        dump = [f"{clients}/pg_dump", "--format=custom", "--file=before.dump"]
        subprocess.run(dump, cwd=project.path, check=True)
    write(project, 3, "create table", 'op.create_table("purchase", sa.Column("id", sa.Integer))')
    project.run("upgrade", "head")
    restore = cell("A backup from before the migration", TITLES[url.get_backend_name()], 1)
    follow(f"```console\n$ {restore}\n```\n", project)
    assert one(project, "SELECT count(*) FROM customer") == 2
    yield
    assert one(project, HEAD) == "3"


TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MySQL"}
WAYS: dict[str, tuple[Situation, list[str]]] = {
    "A revision failed": (revision_has_a_mistake, [SQLITE, POSTGRESQL]),
    "A revision failed on MySQL or MariaDB": (revision_has_a_mistake, [MARIADB, MYSQL]),
    "A revision was killed on MySQL or MariaDB": (revision_was_killed, [MARIADB, MYSQL]),
    "The database is ahead of the code": (
        another_branch_has_migrated,
        [SQLITE, POSTGRESQL, MARIADB],
    ),
    "The file of a revision is lost": (file_is_lost, [SQLITE, POSTGRESQL, MARIADB, MYSQL]),
    "The stamp is wrong": (table_of_versions_is_empty, [SQLITE, POSTGRESQL, MARIADB, MYSQL]),
    "An index is not valid": (two_rows_are_equal, [POSTGRESQL]),
    "The code goes back, the schema stays": (older_code_is_to_come_back, [SQLITE, POSTGRESQL]),
    "A backup from before the migration": (backup_was_taken, [SQLITE, POSTGRESQL]),
}


@pytest.mark.parametrize(
    ("heading", "driver"),
    [(heading, driver) for heading, (_, drivers) in WAYS.items() for driver in drivers],
)
def test_way_out_is_as_the_page_says(
    heading: str, driver: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database(driver, tmp_path) as url, database(driver, tmp_path) as empty:
        project = new_project(tmp_path, url, driver=driver.removesuffix(ON_MYSQL))
        if "sqlite" in driver:  # the file that is there without a DATABASE_URL
            project.url = url.set(database=str(project.path / "app.db"))
        monkeypatch.setenv("PYTHONPATH", str(project.path / "src"))
        shown = empty.render_as_string(hide_password=False)
        said: list[str] = []
        situation, _ = WAYS[heading]
        with situation(project, monkeypatch, said):
            text = PAGE[heading].replace('"$EMPTY"', shown)
            if "sqlite" in driver:  # which makes a file of its own
                text = text.replace(f" --scratch {shown}", "")
            said.append(follow(text, project))
    seen(heading, "".join(said))


def seen(heading: str, said: str) -> None:
    """See that what leads to this section was printed."""
    leading = [what for what, _, section in rows() if section == slug(heading)]
    assert leading
    for what in leading:
        for message in re.findall("`([^`]+)`", what):
            assert matches(message, said), said


def test_table_names_what_is_printed_and_a_section() -> None:
    for what, page, section in rows():
        assert section in map(slug, PAGE) or page
        for message in re.findall("`([^`]+)`", what) if page else ():
            assert matches(message, (DOCS / page).read_text()), message
    sections_of_table = {section for *_, section in rows() if section}
    assert sections_of_table == set(map(slug, PAGE))


def test_tenant_that_failed_is_mended_and_run_again(tmp_path: Path) -> None:
    heading = "One tenant failed"
    with tenants.tenants_project(tmp_path, "tenant_acme", "tenant_bolt") as project:
        project.run("upgrade", "heads")
        execute(project, "INSERT INTO tenant_bolt.customer VALUES (2)")
        check = 'op.execute("ALTER TABLE customer ADD CHECK (id <> 2)")'
        tenants.own(project, 2, check)
        seen(heading, follow(PAGE[heading], project))
        done = tenants.rows(project, "SELECT version_num FROM tenant_bolt.alembic_version")
        assert done == [("t2",)]


# --- The lock -------------------------------------------------------------------------------

LOCK = "Another process migrates, or seems to"
SERVERS = [POSTGRESQL, MARIADB, MYSQL]


@pytest.fixture(params=[POSTGRESQL])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """Create a database."""
    with database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def project(url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Render a project whose commands give up at once."""
    project = new_project(tmp_path, url, driver=url.drivername)
    if url.get_backend_name() == "sqlite":
        project.url = url.set(database=str(project.path / "app.db"))
    monkeypatch.setenv("PYTHONPATH", str(project.path / "src"))
    with (project.migrations / "hooks.py").open("a") as hooks:
        hooks.write("lock_wait = 0.5\n")
    return project


def begin(project: Project, start_upgrade: Start, up: str) -> Upgrade:
    """Start an upgrade that does this, and wait until it is there."""
    customers(project, ("take long", up))
    migrating = start_upgrade(project)
    output = migrating.output
    migrating.until(lambda: output.exists() and "Running upgrade" in output.read_text())
    return migrating


def holder(project: Project, doing: str) -> str:
    """Return the number of the connection that migrates, when status says what it does."""
    shown = ""
    while not (found := re.search(rf"^locked +\w+ (\d+) .*{doing}", shown, re.MULTILINE)):
        command = ("python", "-m", "my_app.migrations", "status")
        shown = run(command, project.path, project.environment()).stdout
    return found[1]


@pytest.mark.parametrize("url", SERVERS, indirect=True)
def test_connection_that_keeps_the_lock_is_found_and_ended(
    project: Project, start_upgrade: Start
) -> None:
    begin(project, start_upgrade, "time.sleep(600)")
    number = holder(project, "")
    said = follow(PAGE[LOCK].replace("18926", number), project)
    assert project.url
    title = TITLES[project.url.get_backend_name()]
    execute(project, cell(LOCK, title, 1).replace("18926", number))
    write(project, 2, "take long", "pass")
    project.run("upgrade", "head")
    assert one(project, HEAD) == "2"
    seen(LOCK, said)


@pytest.mark.parametrize("url", [SQLITE], indirect=True)
def test_process_that_keeps_the_lock_of_a_file_is_found(
    project: Project, start_upgrade: Start
) -> None:
    migrating = begin(project, start_upgrade, "time.sleep(600)")
    first, *_ = PAGE[LOCK].replace("`status` says which; ", "").split("$ python")
    seen(LOCK, follow(f"{first}```\n", project))
    command = cell(LOCK, "SQLite", 1)
    if not shutil.which(command.split()[0]):
        missing("fuser is missing: install psmisc")
    named = subprocess.run(
        ["bash", "-c", command], cwd=project.path, capture_output=True, text=True, check=True
    )
    assert str(migrating.process.pid) in named.stdout.split()
    migrating.process.kill()
    migrating.process.join()
    write(project, 2, "take long", "pass")
    project.run("upgrade", "head")


@pytest.mark.parametrize("url", SERVERS, indirect=True)
def test_statement_that_takes_too_long_is_stopped_on_the_server(
    project: Project, start_upgrade: Start
) -> None:
    assert project.url
    on_postgresql = project.url.get_backend_name() == "postgresql"
    sleep = "pg_sleep(300)::text" if on_postgresql else "SLEEP(300)"
    up = f'op.execute("UPDATE customer SET email = {sleep}")'
    migrating = begin(project, start_upgrade, up)
    number = holder(project, "UPDATE customer")
    stop = cell(LOCK, TITLES[project.url.get_backend_name()], 2)
    execute(project, stop.replace("18926", number))
    code, _ = migrating.end()
    assert code
    section = "A revision failed" + ("" if on_postgresql else " on MySQL or MariaDB")
    seen(section, migrating.output.read_text())
    assert one(project, "SELECT min(email) FROM customer") == "a"
