"""Schemas of every shape close the circle, from models to a database and back."""

from __future__ import annotations

import importlib
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.util import CommandError
from sqlalchemy import URL, inspect
from sqlalchemy.schema import CreateSchema

from support.contents import EMPTY, contents, names_of
from support.databases import (
    database,
    need_extensions,
    plain_engine,
    run_script,
    table_names,
    with_hstore,
)
from support.migrations import Project, put_rendered
from support.template import ON_MYSQL

SCHEMAS = Path(__file__).parent / "schemas"
DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "mariadb": "mysql+pymysql",
    "mysql": f"mysql+pymysql{ON_MYSQL}",
}
# The first line of a schema names its databases.
PARAMETERS = [
    pytest.param(DRIVERS[database], file.read_text(), id=f"{database}-{file.stem}")
    for file in sorted(SCHEMAS.glob("*.py"))
    for database in file.read_text().splitlines()[0].strip("# ").split()
]

# The CHECK of an Enum, where the models name the default schema: a convention that has the label
# of a column is not followed. Take a name out when it is.
NAMED_OTHERWISE = {"ck_main_t_kind", "ck_public_t_kind"}


def project_of(source: str, driver: str, url: URL, folder: Path) -> Project:
    """Render the migrations alone into a project that has these models."""
    answers = {
        "project": "existing",
        "package": "shop",
        "layout": "src",
        "mode": "sync",
        "driver": driver,
        "directory": "migrations",
        "placement": "package",
        "config": "alembic.ini",
        "metadata": "shop.models:metadata",
    }
    package = folder / "shop" / "src" / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "models.py").write_text(source.replace("{driver}", driver.removesuffix(ON_MYSQL)))
    put_rendered(answers, folder / "shop")
    return Project(folder / "shop", answers, url)


@contextmanager
def empty(driver: str, folder: Path, extensions: Sequence[str] = ()) -> Iterator[URL]:
    """Create a database with these extensions, or with hstore on PostgreSQL's own server."""
    if not extensions:
        template = with_hstore() if driver.startswith("postgresql") else ""
        with database(driver, folder, template=template) as url:
            yield url
        return
    with database(driver, folder, "extensions") as url:
        need_extensions(url, *extensions)
        for extension in extensions:
            run_script(url, f"CREATE EXTENSION {extension}")
        yield url


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
@pytest.mark.parametrize(("driver", "models"), PARAMETERS)
def test_schema_closes_the_circle(driver: str, models: str, tmp_path: Path) -> None:
    close_the_circle(driver, models, tmp_path)


def close_the_circle(
    driver: str, models: str, folder: Path, extensions: Sequence[str] = ()
) -> None:
    """Go from models to a database and back, and there again, by each way there is."""
    with empty(driver, folder, extensions) as url:
        project = project_of(models, driver, url, folder)
        before = contents(url)
        project.autogenerate("create")
        project.run("upgrade", "head")
        after = contents(url)
        project.run("downgrade", "base")
        assert contents(url) == before
        project.run("upgrade", "head")
        assert contents(url) == after
        # What `check` would find, it would write.
        project.run("revision", message="nothing", autogenerate=True)
        assert len(project.revisions) == 1
        with empty(driver, folder, extensions) as offline:
            run_script(offline, project.run("upgrade", "head", sql=True))
            assert contents(offline) == after
        with empty(driver, folder, extensions) as created:
            names = create_all(project, created) - NAMED_OTHERWISE
            assert contents(created, names) == contents(url, names)


def create_all(project: Project, url: URL) -> set[str]:
    """Create what the models say, with SQLAlchemy alone. Returns the names in them."""
    with project.imported(), plain_engine(url).begin() as connection:
        sys.path.insert(0, str(project.path / "src"))
        metadata = importlib.import_module("shop.models").metadata
        there = {None, *inspect(connection).get_schema_names()}
        columns = [column for table in metadata.tables.values() for column in table.columns]
        needed = {getattr(column.type, "schema", None) for column in columns}
        needed |= {table.schema for table in metadata.tables.values()}
        for schema in needed - there:
            connection.execute(CreateSchema(str(schema)))
        metadata.create_all(connection)
        return names_of(metadata, url)


# What each database calls the schema that a table has without one.
NAMED_DEFAULT = """
import os
from sqlalchemy import *

driver = "{driver}"
default = make_url(os.environ["DATABASE_URL"]).database if driver[0] == "m" else "main"
metadata = MetaData(schema=default, naming_convention={"ix": "ix_%(column_0_name)s"})
blank = Table("blank", metadata, Column("id", Integer, primary_key=True), schema=BLANK_SCHEMA)
Table(
    "named",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("blank", ForeignKey(blank.c.id)),
    Column("with_schema", ForeignKey(f"{default}.named.id")),
    Column("without", ForeignKey("named.id"), index=True),
    Column("unique", Integer, unique=True),
)
Table(
    "both", metadata, Column("named", ForeignKey(f"{default}.named.id")), schema=BLANK_SCHEMA
)
"""


@pytest.mark.parametrize("driver", ["sqlite+pysqlite", "mysql+pymysql", "mysql+mysqlconnector"])
def test_default_schema_may_be_named(driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        project = project_of(NAMED_DEFAULT, driver, url, tmp_path)
        revision = project.autogenerate("create").read_text()
        assert not re.search(rf"schema=\"|main\.|{url.database}", revision)
        project.run("upgrade", "head")
        project.run("check")
        full = contents(url)
        assert table_names(url) == {"blank", "both", "named"}
        keys = [line.split()[1] for line in full if "foreign key" in line.lower()]
        assert Counter(keys) == {"both": 1, "named": 3}
        project.run("downgrade", "base")
        assert contents(url) == EMPTY
        project.run("upgrade", "head")
        assert contents(url) == full


SECRETIVE = """
from sqlalchemy import *
from sqlalchemy.types import UserDefinedType

metadata, second = MetaData(), MetaData()


class Secretive(UserDefinedType):
    def __init__(self, size):
        self._size = size

    def get_col_spec(self, **kw):
        return f"SECRET({self._size})"


Table("t", metadata, Column("id", Integer, primary_key=True), Column("s", Secretive(7)))
Table("u", second, Column("id", Integer, primary_key=True))
"""


def test_type_that_no_python_gives_is_named_with_its_column(tmp_path: Path) -> None:
    with database("sqlite+pysqlite", tmp_path) as url:
        project = project_of(SECRETIVE, "sqlite+pysqlite", url, tmp_path)
        message = "t.s: No Python was found that gives the type Secretive.*render_item.*hooks.py"
        with pytest.raises(CommandError, match=message):
            project.autogenerate("create")
        assert project.revisions == []


RENDER_ITEM = """

def render_item(kind, item, context):
    if kind == "type" and type(item).__name__ == "Secretive":
        context.imports.add("from shop.models import Secretive")
        return f"Secretive({item._size})"
    return False


options = {"render_item": render_item}
"""


def test_hooks_write_a_type_that_no_python_gives(tmp_path: Path) -> None:
    with database("sqlite+pysqlite", tmp_path) as url:
        project = project_of(SECRETIVE, "sqlite+pysqlite", url, tmp_path)
        hooks = project.migrations / "hooks.py"
        hooks.write_text(hooks.read_text() + RENDER_ITEM)
        assert "Secretive(7)" in project.autogenerate("create").read_text()
        project.run("upgrade", "head")
        assert table_names(url) == {"t"}


def test_several_metadata_are_one_schema(tmp_path: Path) -> None:
    with database("sqlite+pysqlite", tmp_path) as url:
        models = SECRETIVE.replace(', Column("s", Secretive(7))', "")
        project = project_of(models, "sqlite+pysqlite", url, tmp_path)
        hooks = project.migrations / "hooks.py"
        both = "\nfrom shop.models import second\n\ntarget_metadata = [metadata, second]\n"
        hooks.write_text(hooks.read_text() + both)
        project.autogenerate("create")
        project.run("upgrade", "head")
        project.run("check")
        assert table_names(url) == {"t", "u"}
