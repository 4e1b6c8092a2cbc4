"""One history for several databases, of Alembic's or Flask-Migrate's, becomes a set for each."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, text

from support import processes, template
from support.contents import contents
from support.databases import database, plain_engine
from support.pages import DOCS, blocks
from test_adoption import replace, run

DRIVERS = {"customers": "postgresql+psycopg", "bills": "sqlite+pysqlite"}
STATES = ["empty", "old", "head"]  # in which the databases are when they are adopted
URL_OF = """
def url_of(name):
    return os.environ[f"{os.environ['STATE']}_{name}"]
"""
MODELS = """
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Customers(DeclarativeBase):
    pass


class Bills(DeclarativeBase):
    pass


class Customer(Customers):
    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(primary_key=True)


class Bill(Bills):
    __tablename__ = "bill"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
ENV = (
    """
import os

from shop.models import Bills, Customers

target_metadata = {"customers": Customers.metadata, "bills": Bills.metadata}
"""
    + URL_OF
    + """
for name in target_metadata:
    config.set_section_option(name, "sqlalchemy.url", url_of(name))
"""
)
FLASK_PACKAGE = (
    """
import os

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()
migrate = Migrate()
"""
    + URL_OF
    + """

def create_app():
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url_of("customers")
    app.config["SQLALCHEMY_BINDS"] = {"bills": url_of("bills")}
    db.init_app(app)
    migrate.init_app(app, db)
    from shop import models
    return app
"""
)
FLASK_MODELS = """
from shop import db


class Customer(db.Model):
    id = db.Column(db.Integer, primary_key=True)


class Bill(db.Model):
    __bind_key__ = "bills"
    id = db.Column(db.Integer, primary_key=True)
"""
HOOK = """

def database_url() -> str:
    import os

    return os.environ[f"{{os.environ['STATE']}}_{name}"]
"""


class Stock(NamedTuple):
    """What a user has before the adoption, and answers in it."""

    start: Callable[[Path], None]
    program: str
    revise: str
    id: str  # the line of a model
    column: str  # another one
    engines: dict[str, str]  # by the database, of the functions in a revision
    metadata: dict[str, str]


def start_alembic(project: Path) -> None:
    """Do what a user does after `alembic init -t multidb`."""
    (project / "shop" / "__init__.py").touch()
    (project / "shop" / "models.py").write_text(MODELS)
    with contextlib.chdir(project):
        config = Config("alembic.ini", stdout=io.StringIO())
        command.init(config, "migrations", template="multidb")
    replace(project / "alembic.ini", "^databases = .*$", "databases = customers, bills")
    replace(project / "alembic.ini", r"^\[engine1\]$", "[customers]")
    replace(project / "alembic.ini", r"^\[engine2\]$", "[bills]")
    replace(project / "migrations" / "env.py", r"^target_metadata = \{\}$", ENV)


def start_flask(project: Path) -> None:
    """Start a project of `flask db init --multidb`."""
    (project / "shop" / "__init__.py").write_text(FLASK_PACKAGE)
    (project / "shop" / "models.py").write_text(FLASK_MODELS)
    run(project, "STATE=old flask db init --multidb")


STOCK = {
    "alembic": Stock(
        start_alembic,
        "alembic",
        "revision --autogenerate",
        "    id: Mapped[int] = mapped_column(primary_key=True)\n",
        "    {}: Mapped[int | None]\n",
        {"customers": "customers", "bills": "bills"},
        {"customers": "shop.models:Customers.metadata", "bills": "shop.models:Bills.metadata"},
    ),
    "flask": Stock(
        start_flask,
        "flask db",
        "migrate",
        "    id = db.Column(db.Integer, primary_key=True)\n",
        "    {} = db.Column(db.Integer)\n",
        {"customers": "", "bills": "bills"},
        dict.fromkeys(DRIVERS, "shop.models:db.metadata"),
    ),
}


@pytest.fixture(params=STOCK)
def stock(request: pytest.FixtureRequest) -> Stock:
    """Return a kind of project."""
    return STOCK[request.param]


@pytest.fixture
def urls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[URL]]]:
    """Yield the databases in each state, which the environment names too."""
    with ExitStack() as stack:
        found = {
            state: [stack.enter_context(database(each, tmp_path)) for each in DRIVERS.values()]
            for state in STATES
        }
        for state, of_state in found.items():
            for name, url in zip(DRIVERS, of_state, strict=True):
                monkeypatch.setenv(f"{state}_{name}", url.render_as_string(hide_password=False))
        yield found


def grow(project: Path, stock: Stock, column: str, *tables: str) -> None:
    """Add a column to these models."""
    file = project / "shop" / "models.py"
    before = file.read_text()
    starts = "|".join(tables)
    grown, count = re.subn(
        rf"(class (?:{starts})\(.*\n(?:    __.*\n)?{re.escape(stock.id)})",
        rf"\1{stock.column.format(column)}",
        before,
    )
    assert count == len(tables)
    file.write_text(grown)


def adopt(project: Path, stock: Stock) -> None:
    """Do what docs/adoption.md says."""
    page = (DOCS / "adoption.md").read_text()
    found = re.search(r"^ {7}# copy_revisions\.py\n(?:(?: {7}.*)?\n)+", page, re.MULTILINE)
    assert found
    (project / "databases").mkdir()
    for name, driver in DRIVERS.items():
        folder = project / "databases" / name
        given = {"driver": driver, "metadata": stock.metadata[name]}
        template.render(folder, project="existing", package="shop", placement="root", **given)
        arguments = ("migrations/versions", stock.engines[name], f"{folder}/migrations/versions")
        copied = processes.run(
            ("python", "-c", textwrap.dedent(found[0]), *arguments), project, os.environ
        )
        assert copied.returncode == 0, copied.stderr
        hooks = folder / "migrations" / "hooks.py"
        hooks.write_text(hooks.read_text() + HOOK.format(name=name))
        if stock.engines[name] != name:
            continue
        if "db.metadata" in hooks.read_text():
            replace(hooks, "= db.metadata$", f'= db.metadatas["{name}"]')
    write_main(project)
    shutil.rmtree(project / "migrations")
    (project / "alembic.ini").unlink(missing_ok=True)


def write_main(project: Path) -> None:
    """Write the file of the page that runs all, for these databases."""
    (script,) = (
        block
        for _, block in blocks((DOCS / "several-databases.md").read_text())
        if block.startswith("# databases/__main__.py\n")
    )
    main = project / "databases" / "__main__.py"
    main.write_text(script)
    replace(main, r"^DATABASES = \[.*\]", f"DATABASES = {[*DRIVERS]}")


def run_all(project: Path, state: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Type `python databases` with these arguments."""
    script = "import runpy; runpy.run_path('databases', run_name='__main__')"
    environment = {**os.environ, "STATE": state}
    return processes.run(("python", "-c", script, *arguments), project, environment)


def databases(
    project: Path, state: str, *arguments: str
) -> tuple[int, dict[str, str], list[tuple[str, str]]]:
    """Run the command for all databases of a state.

    Returns the code, what has become of each, and which steps ran.
    """
    process = run_all(project, state, *arguments)
    table = dict(line.split(maxsplit=1) for line in process.stdout.splitlines()[-len(DRIVERS) :])
    steps = re.findall(r"Running \w+ (\w*) -> (\w*)", process.stderr)
    assert process.returncode or "FAILED" not in process.stdout, process.stdout
    return process.returncode, table, steps


def row_count(url: URL, table: str) -> int:
    """Return how many rows there are."""
    with plain_engine(url).connect() as connection:
        return int(connection.scalars(text(f"SELECT count(*) FROM {table}")).one())


def test_each_database_of_one_history_goes_on_with_a_set_of_its_own(
    stock: Stock, urls: dict[str, list[URL]], tmp_path: Path
) -> None:
    project = tmp_path / "my-shop"
    (project / "shop").mkdir(parents=True)
    stock.start(project)
    old, at_head = (f"STATE={state} {stock.program}" for state in ("old", "head"))
    run(project, f"{old} {stock.revise} --rev-id aa -m First", f"{old} upgrade head")
    grow(project, stock, "points", "Customer", "Bill")
    run(project, f"{old} {stock.revise} --rev-id bb -m Second", f"{at_head} upgrade head")
    for state in ("old", "head"):
        for url, table in zip(urls[state], ("customer", "bill"), strict=True):
            with plain_engine(url).begin() as connection:
                connection.execute(text(f"INSERT INTO {table} (id) VALUES (1)"))
    adopt(project, stock)

    ran = {"empty": [("", "aa"), ("aa", "bb")], "old": [("aa", "bb")], "head": []}
    for state, steps in ran.items():
        done = "done" if steps else "nothing to do"
        became = dict.fromkeys(DRIVERS, done)
        assert databases(project, state, "upgrade", "head") == (0, became, steps * 2)
        assert databases(project, state, "check") == (0, dict.fromkeys(DRIVERS, "done"), [])
        for url, expected, table in zip(
            urls[state], urls["head"], ("customer", "bill"), strict=True
        ):
            assert contents(url) == contents(expected)
            assert row_count(url, table) == (state != "empty")

    grow(project, stock, "paid", "Bill")
    assert databases(project, "old", "revision", "--autogenerate", "-m", "Third")[0] == 0
    customers, bills = (project / "databases" / name / "migrations/versions" for name in DRIVERS)
    assert len([*customers.glob("*.py")]) == 2
    (third,) = bills.glob("*_third.py")
    assert "def upgrade() -> None" in third.read_text()
    code, became, _ = databases(project, "old", "upgrade", "head")
    assert (code, became) == (0, {"customers": "nothing to do", "bills": "done"})
    assert databases(project, "empty", "downgrade", "base")[:2] == (
        0,
        dict.fromkeys(DRIVERS, "done"),
    )
    for url in urls["empty"]:
        assert [line for line in contents(url) if line.startswith("table")] == []


def test_database_that_fails_stops_those_after_it(
    urls: dict[str, list[URL]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "my-shop"
    (project / "shop").mkdir(parents=True)
    (project / "shop" / "__init__.py").touch()
    (project / "shop" / "models.py").write_text(MODELS)
    for name, mode, driver in (
        ("customers", "async", "postgresql+asyncpg"),
        ("bills", "sync", "sqlite+pysqlite"),
    ):
        folder = project / "databases" / name
        given = {"mode": mode, "driver": driver, "metadata": STOCK["alembic"].metadata[name]}
        template.render(folder, project="existing", package="shop", placement="root", **given)
        hooks = folder / "migrations" / "hooks.py"
        hooks.write_text(hooks.read_text() + HOOK.format(name=name))
    write_main(project)
    assert databases(project, "old", "revision", "--autogenerate", "-m", "First")[0] == 0

    with monkeypatch.context() as broken:
        broken.setenv("old_bills", "sqlite:////none/bills.db")
        code, became, steps = databases(project, "old", "upgrade", "head")
        assert (code, became["customers"], len(steps)) == (1, "done", 1)
        assert became["bills"].startswith("FAILED: Can't connect to sqlite")
    with monkeypatch.context() as broken:
        broken.setenv("old_customers", "postgresql://ann:s3cret@none.invalid/customers")
        code, became, steps = databases(project, "old", "upgrade", "head")
        assert (code, became["bills"], steps) == (1, "not run", [])
        assert became["customers"].startswith("FAILED: Can't connect to postgresql")
        assert "s3cret" not in became["customers"]
    with monkeypatch.context() as privileged:
        privileged.setenv("MIGRATIONS_DATABASE_URL", str(urls["old"][1]))
        process = run_all(project, "old", "upgrade", "head")
        assert (process.returncode, process.stdout) == (1, "")
        assert process.stderr.startswith("FAILED: MIGRATIONS_DATABASE_URL leads all to one")
    became = {"customers": "nothing to do", "bills": "done"}
    assert databases(project, "old", "upgrade", "head")[:2] == (0, became)

    (first,) = (project / "databases" / "customers" / "migrations" / "versions").glob("*.py")
    edited = first.read_text().replace(
        "def upgrade() -> None:", "def upgrade() -> None:\n    1 / 0", 1
    )
    first.write_text(edited)
    code, became, _ = databases(project, "empty", "upgrade", "head")
    failed = {"customers": "FAILED: ZeroDivisionError: division by zero", "bills": "not run"}
    assert (code, became) == (1, failed)


def test_set_with_tenants_has_its_own_report_above_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "my-shop"
    (project / "shop").mkdir(parents=True)
    (project / "shop" / "__init__.py").touch()
    (project / "shop" / "models.py").write_text(MODELS)
    for name, tenants in (("bills", "databases"), ("customers", "none")):
        given = {"metadata": STOCK["alembic"].metadata[name], "tenants": tenants}
        folder = project / "databases" / name
        template.render(folder, project="existing", package="shop", placement="root", **given)
    write_main(project)
    replace(
        project / "databases" / "__main__.py",
        r"^DATABASES = .*\]",
        'DATABASES = ["bills", "customers"]',
    )
    monkeypatch.setenv("TENANTS", f"{tmp_path}/acme.db,{tmp_path}/bolt.db")
    assert databases(project, "", "revision", "--autogenerate", "-m", "upgrade")[1] == {
        "bills": "done",
        "customers": "done",
    }
    code, became, _ = databases(project, "", "upgrade", "head")
    assert (code, became) == (0, {"bills": "done", "customers": "done"})
    monkeypatch.setenv("TENANTS", f"{tmp_path}/acme.db,/none/bolt.db")
    process = run_all(project, "", "upgrade", "head")
    assert process.returncode == 1
    report, *table = process.stdout.splitlines()[-3:]
    assert report.endswith("0 done, 1 skipped, 1 failed")
    assert table == ["bills      FAILED: its tenants' report says why", "customers  not run"]
