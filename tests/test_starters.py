"""The starters make the same tables and revisions, each with models of its own kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support import processes, template
from support.contents import EMPTY, contents
from support.databases import database, has_server, plain_engine, run_script, table_names
from support.migrations import Project, new_project

DRIVERS = [
    *(pair for pair in template.MODES_AND_DRIVERS if has_server(pair[1])),
    *template.ONE_A_MODE_ON_MYSQL,
]
STARTERS = template.choices("models")


def body(revision: Path) -> str:
    """Return a revision's two functions."""
    return revision.read_text().partition("\ndef upgrade()")[2]


# The default one does so in tests/test_matrix.py.
@pytest.mark.parametrize("models", STARTERS[1:])
@pytest.mark.parametrize(("mode", "driver"), DRIVERS)
def test_starter_closes_the_circle_as_the_default_one(
    mode: str, driver: str, models: str, tmp_path: Path
) -> None:
    plain = new_project(tmp_path / "plain", mode=mode, driver=driver)
    with database(driver, tmp_path) as created:
        plain.metadata().create_all(plain_engine(created))
        expected = contents(created)
        assert table_names(created) == {"customer", "purchase"}
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, mode=mode, driver=driver, models=models)
        revision = project.autogenerate("create tables")
        project.run("upgrade", "head")
        assert contents(url) == expected
        project.run("check")
        project.run("downgrade", "base")
        assert contents(url) == EMPTY
        project.run("upgrade", "head")
        assert contents(url) == expected
        project.run("revision", message="nothing", autogenerate=True)
        assert project.revisions == [revision]
        with database(driver, tmp_path) as offline:
            run_script(offline, project.run("upgrade", "head", sql=True))
            assert contents(offline) == expected


@pytest.mark.parametrize("models", STARTERS[1:])
@pytest.mark.parametrize("driver", ["sqlite+pysqlite", "postgresql+psycopg", "mysql+pymysql"])
def test_revision_says_the_same_whatever_the_models_are(
    driver: str, models: str, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as url:
        plain = new_project(tmp_path / "plain", url, driver=driver)
        project = new_project(tmp_path, url, driver=driver, models=models)
        revision = project.autogenerate("create tables").read_text()
        assert revision.count("\nimport ") == 1  # of SQLAlchemy: no SQLModel, no models
        assert body(project.revisions[0]) == body(plain.autogenerate("create tables"))


# --- The models in use ----------------------------------------------------------------------

USE = """
import asyncio
from decimal import Decimal

from sqlalchemy import select

from my_app.db import engine, session
from my_app.models.customer import Customer
from my_app.models.purchase import Purchase, Status
"""
IN_USE = {
    "sync": """
def main():
    with session() as current:
        customer = Customer(email="a@example.com")
        current.add(Purchase(customer=customer))
        current.add(Purchase(customer=customer, total=Decimal(2)))
        current.commit()
    with session() as current:
        one, two = current.scalars(select(Purchase).order_by(Purchase.id))
        assert (one.status, one.total, two.total) == (Status.OPEN, Decimal(0), Decimal(2))
        assert one.customer is two.customer
        assert (one.customer.email, one.customer.active) == ("a@example.com", True)
        assert one.customer.created_at
        assert "email" not in repr(one)
    engine().dispose()

main()
""",
    "async": """
async def main():
    async with session() as current:
        customer = Customer(email="a@example.com")
        current.add(Purchase(customer=customer))
        current.add(Purchase(customer=customer, total=Decimal(2)))
        await current.commit()
    async with session() as current:
        one, two = (await current.scalars(select(Purchase).order_by(Purchase.id))).all()
        assert (one.status, one.total, two.total) == (Status.OPEN, Decimal(0), Decimal(2))
        repr(one)  # loads nothing, which fails outside of SQLAlchemy's greenlet
        customer = await current.get_one(Customer, one.customer_id)
        assert (customer.email, customer.active) == ("a@example.com", True)
        assert customer.created_at
    await engine().dispose()

asyncio.run(main())
""",
}


@pytest.mark.parametrize("models", STARTERS)
@pytest.mark.parametrize(
    ("mode", "driver"),
    [
        ("sync", "sqlite+pysqlite"),
        ("async", "sqlite+aiosqlite"),
        ("sync", "postgresql+psycopg"),
        ("async", "postgresql+asyncpg"),
        ("async", "mysql+aiomysql"),
    ],
)
def test_models_and_session_of_a_starter_work(
    mode: str, driver: str, models: str, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, mode=mode, driver=driver, models=models)
        project.autogenerate("create tables")
        project.run("upgrade", "head")
        use = USE + IN_USE[mode]
        if models == "sqlmodel":
            use = use.replace("sqlalchemy", "sqlmodel").replace("current.scalars(", "current.exec(")
        command = ("python", "-W", "error", "-c", use)
        result = processes.run(command, project.models.parents[1], project.environment())
        assert result.returncode == 0, result.stderr


# --- A model more ---------------------------------------------------------------------------

# SQLModel's own base class serves too: its documentation has no other.
INVOICES = {
    "declarative": """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column
from my_app.db import Base

class Invoice(Base):
    __tablename__ = "invoice"
    id: Mapped[int] = mapped_column(primary_key=True)
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"), index=True)
""",
    "dataclass": """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column
from my_app.db import Base

class Invoice(Base):
    __tablename__ = "invoice"
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"), index=True)
""",
    "sqlmodel": """
from sqlmodel import Field, SQLModel

class Invoice(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    purchase_id: int = Field(foreign_key="purchase.id", index=True)
""",
}


@pytest.mark.parametrize("models", STARTERS)
def test_model_more_is_found_and_its_constraints_have_names(models: str, tmp_path: Path) -> None:
    with database("postgresql+psycopg", tmp_path) as url:
        project = new_project(tmp_path, url, driver="postgresql+psycopg", models=models)
        project.autogenerate("create tables")
        project.run("upgrade", "head")
        (project.models / "invoice.py").write_text(INVOICES[models])
        added = project.autogenerate("add invoices").read_text()
        assert added.count("op.create_table(") == added.count("op.drop_table(") == 1
        for name in ("pk_invoice", "fk_invoice_purchase_id_purchase", "ix_invoice_purchase_id"):
            assert name in added
        project.run("upgrade", "head")
        project.run("check")


def assert_cli(project: Project, *arguments: str) -> None:
    """Run a command as it is typed, with warnings as errors."""
    result = subprocess.run(
        [sys.executable, "-W", "error", "-m", "alembic", *arguments],
        cwd=project.path,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("models", STARTERS)
def test_starter_migrates_without_a_warning(models: str, tmp_path: Path) -> None:
    with database("sqlite+pysqlite", tmp_path) as url:
        project = new_project(tmp_path, url, models=models)
        assert_cli(project, "revision", "--autogenerate", "-m", "create tables")
        assert_cli(project, "upgrade", "head")
        assert_cli(project, "check")
