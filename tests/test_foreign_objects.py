"""What others made in the database is left alone, though stock Alembic would drop it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, text

from support import processes, template
from support.databases import database, plain_engine, run_script
from support.migrations import Project, new_project

POSTGRESQL = [pair for pair in template.MODES_AND_DRIVERS if pair[1].startswith("postgresql+")]
MODEL = '''
"""Events, by day."""

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from my_app.db import Base


class Event(Base):
    """What happened."""

    __tablename__ = "event"
    __table_args__ = {"postgresql_partition_by": "RANGE (day)"}  # noqa: RUF012

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[int] = mapped_column(index=True)
'''
IN_SCHEMA = MODEL.replace('{"postgresql', '{"schema": "Log", "postgresql')

# ALTER EXTENSION makes a table as much an extension's own as its script does. The names are
# those of PostGIS, but for the one that needs quotes.
EXTENSION = """
    CREATE EXTENSION hstore;
    CREATE TABLE spatial_ref_sys (srid int PRIMARY KEY, srtext text);
    ALTER EXTENSION hstore ADD TABLE spatial_ref_sys;
    CREATE SCHEMA tiger;
    CREATE TABLE tiger.county (gid int PRIMARY KEY, name text);
    CREATE INDEX county_name ON tiger.county (name);
    ALTER EXTENSION hstore ADD TABLE tiger.county;
"""
PARTITIONS = """
    CREATE TABLE {event}_2024 PARTITION OF {event}
        FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY RANGE (day);
    CREATE TABLE {event}_2024_1 PARTITION OF {event}_2024
        FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
    CREATE TABLE {event}_rest PARTITION OF {event} DEFAULT;
    CREATE INDEX event_rest_own ON {event}_rest (day);
"""
OTHERS = """
    CREATE SCHEMA legacy;
    CREATE TABLE legacy.orders (id int PRIMARY KEY);
    CREATE VIEW recent AS SELECT id FROM customer;
    CREATE MATERIALIZED VIEW summary AS SELECT count(*) AS n FROM purchase;
    CREATE INDEX summary_n ON summary (n);
"""
# By SQLAlchemy's dialect, for those that have no more.
VIEWS = "CREATE VIEW recent AS SELECT id FROM customer"

OBJECTS = """
    SELECT relkind, relnamespace::regnamespace::text, relname FROM pg_class
    WHERE relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
    ORDER BY 1, 2, 3
"""


@contextmanager
def migrated(
    folder: Path, models: str = MODEL, mode: str = "sync", driver: str = "postgresql+psycopg"
) -> Iterator[Project]:
    """Render a project with a partitioned table, in a database that has its tables."""
    with database(driver, folder) as url:
        project = new_project(folder, url, mode=mode, driver=driver)
        (project.models / "event.py").write_text(models.lstrip())
        project.autogenerate("create tables")
        project.run("upgrade", "head")
        yield project


def objects(url: URL | None) -> list[str]:
    """Return all tables, views, indexes and sequences of the database."""
    assert url
    with plain_engine(url).connect() as connection:
        return [str(row) for row in connection.execute(text(OBJECTS))]


def create(project: Project, *scripts: str) -> None:
    """Run SQL as somebody else would."""
    assert project.url
    for script in scripts:
        run_script(project.url, script.replace("{event}", "event"))


def options(project: Project, code: str) -> None:
    """Give options to hooks.py."""
    hooks = project.migrations / "hooks.py"
    source, count = re.subn(r"options: .* = \{\}\n", "", hooks.read_text())
    assert count == 1
    hooks.write_text(source + code)


def assert_left_alone(project: Project) -> None:
    """Assert that a comparison finds nothing, and that a change of the models is all it finds."""
    project.run("check")
    before = objects(project.url)
    count = len(project.revisions)
    project.run("revision", message="nothing", autogenerate=True)
    assert len(project.revisions) == count
    customer = project.models / "customer.py"
    email = "    email: Mapped[str]"
    customer.write_text(
        customer.read_text().replace(email, f"    age: Mapped[int | None]\n{email}")
    )
    revision = project.autogenerate("add a column").read_text()
    assert re.findall(r"op\.(\w+)\(", revision) == ["add_column", "drop_column"]
    project.run("upgrade", "head")
    project.run("downgrade", "-1")
    assert objects(project.url) == before


# --- PostgreSQL -----------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "driver"), POSTGRESQL)
def test_foreign_objects_are_left_alone(mode: str, driver: str, tmp_path: Path) -> None:
    with migrated(tmp_path, MODEL, mode, driver) as project:
        create(project, EXTENSION, PARTITIONS, OTHERS)
        assert_left_alone(project)


def test_foreign_objects_are_left_alone_beside_models_in_schemas(tmp_path: Path) -> None:
    with migrated(tmp_path, IN_SCHEMA) as project:
        create(project, EXTENSION, PARTITIONS.replace("{event}", '"Log".event'), OTHERS)
        create(
            project,
            'CREATE TABLE "Log".layer (id int PRIMARY KEY)',
            'ALTER EXTENSION hstore ADD TABLE "Log".layer',
            'CREATE VIEW "Log".today AS SELECT 1 AS n',
        )
        assert_left_alone(project)


@pytest.mark.parametrize("models", [MODEL, IN_SCHEMA])
def test_tables_that_search_path_shows_are_left_alone(models: str, tmp_path: Path) -> None:
    # PostGIS' tiger geocoder puts its schema on the search path of the database.
    with migrated(tmp_path, models) as project:
        assert project.url
        create(project, EXTENSION, OTHERS)
        name = project.url.database
        create(project, f'ALTER DATABASE "{name}" SET search_path = public, tiger, legacy')
        assert_left_alone(project)


def test_table_of_the_models_is_compared_though_it_is_a_partition(tmp_path: Path) -> None:
    parent = MODEL.replace("mapped_column(index=True)", "mapped_column()")
    partition = parent.replace("class Event", "class All").replace('"event"', '"event_all"')
    partition = re.sub(r"    __table_args__.*\n", "", partition).lstrip()
    with migrated(tmp_path, parent) as project:
        create(project, "CREATE TABLE event_all PARTITION OF event DEFAULT")
        file = project.models / "event_all.py"
        file.write_text(partition)
        project.run("check")
        file.write_text(partition.replace("Mapped[int] = mapped_column()", "Mapped[int | None]"))
        with pytest.raises(CommandError, match="modify_nullable"):
            project.run("check")


def test_own_table_that_has_no_model_any_more_is_dropped(tmp_path: Path) -> None:
    with migrated(tmp_path) as project:
        create(project, EXTENSION, PARTITIONS)
        (project.models / "event.py").unlink()
        revision = project.autogenerate("drop").read_text()
        assert re.findall(r'op\.drop_table\("(\w+)"', revision) == ["event"]


# --- What hooks.py names --------------------------------------------------------------------

INCLUDE_OBJECT = '''
def include_object(_object: Any, name: str | None, type_: str, *_: object) -> bool:
    """Leave alone what another tool made."""
    return type_ != "table" or not str(name).startswith("job_")


options: dict[str, Any] = {"include_object": include_object}
'''
INCLUDE_NAME = '''
def include_name(name: str | None, type_: str, _parents: object) -> bool:
    """Leave alone what another tool made."""
    return type_ != "table" or not str(name).startswith("job_")


options: dict[str, Any] = {"include_name": include_name}
'''
SCHEMAS = '''
def include_name(name: str | None, type_: str, _parents: object) -> bool:
    """Look at one schema more."""
    return type_ != "schema" or name in (None, "legacy")


options: dict[str, Any] = {"include_name": include_name, "include_schemas": True}
'''


@pytest.mark.parametrize("code", [INCLUDE_OBJECT, INCLUDE_NAME], ids=["object", "name"])
def test_what_hooks_name_is_left_alone_beside_the_rest(code: str, tmp_path: Path) -> None:
    with migrated(tmp_path) as project:
        create(project, EXTENSION, PARTITIONS, OTHERS, "CREATE TABLE job_queue (id int)")
        with pytest.raises(CommandError, match="job_queue"):
            project.run("check")
        options(project, code)
        assert_left_alone(project)


def test_schemas_that_hooks_name_are_compared(tmp_path: Path) -> None:
    with migrated(tmp_path) as project:
        create(project, EXTENSION, PARTITIONS, OTHERS)
        options(project, SCHEMAS)
        revision = project.autogenerate("drop").read_text()
        assert re.findall(r'op\.drop_table\("(\w+)"', revision) == ["orders"]


# --- SQLite, MariaDB and MySQL --------------------------------------------------------------

WITHOUT_MORE = ["sqlite+pysqlite", "mysql+pymysql", f"mysql+pymysql{template.ON_MYSQL}"]


@pytest.mark.parametrize("driver", WITHOUT_MORE)
def test_views_are_left_alone(driver: str, tmp_path: Path) -> None:
    with migrated(tmp_path, MODEL, "sync", driver) as project:
        create(project, VIEWS)
        project.run("check")
        assert project.url
        with plain_engine(project.url).connect() as connection:
            assert list(connection.execute(text("SELECT * FROM recent"))) == []


@pytest.mark.parametrize("code", [INCLUDE_OBJECT, INCLUDE_NAME], ids=["object", "name"])
@pytest.mark.parametrize("driver", WITHOUT_MORE)
def test_what_hooks_name_is_left_alone(driver: str, code: str, tmp_path: Path) -> None:
    with migrated(tmp_path, MODEL, "sync", driver) as project:
        create(project, "CREATE TABLE job_queue (id int)")
        with pytest.raises(CommandError, match="job_queue"):
            project.run("check")
        options(project, code)
        project.run("check")


# --- What stock Alembic does ----------------------------------------------------------------


def dropped_by_stock_alembic(project: Project, folder: Path, **configure: str) -> set[str]:
    """Return the tables that a revision of `alembic init` drops, for the same models."""
    assert project.url
    config = Config(folder / "alembic.ini")
    command.init(config, str(folder / "stock"))
    url = project.url.render_as_string(hide_password=False)
    ini = (folder / "alembic.ini").read_text()
    ini = re.sub(r"(?m)^sqlalchemy.url = .*", lambda _: f"sqlalchemy.url = {url}", ini)
    source = str(project.models.parents[1])
    ini = re.sub(r"(?m)^prepend_sys_path = .*", lambda _: f"prepend_sys_path = {source}", ini)
    (folder / "alembic.ini").write_text(ini)
    env = folder / "stock" / "env.py"
    imports = "from my_app.models import customer, event, purchase\nfrom my_app.db import Base"
    arguments = "".join(f", {name}={value}" for name, value in configure.items())
    env.write_text(
        env.read_text()
        .replace("target_metadata = None", f"{imports}\ntarget_metadata = Base.metadata")
        .replace("connection=connection,", f"connection=connection{arguments},")
    )
    drop = "DROP TABLE alembic_version"  # its head is not known there
    run_script(project.url, drop)
    command_line = ("alembic", "revision", "--autogenerate", "-m", "stock")
    result = processes.run(command_line, folder, os.environ)
    assert result.returncode == 0, result.stderr
    (revision,) = (folder / "stock" / "versions").glob("*.py")
    upgrade = revision.read_text().partition("def downgrade")[0]
    return set(re.findall(r"op\.drop_table\('(\w+)'", upgrade))


def test_stock_alembic_would_drop_extensions_tables_and_partitions(tmp_path: Path) -> None:
    with migrated(tmp_path) as project:
        create(project, EXTENSION, PARTITIONS, OTHERS)
        assert dropped_by_stock_alembic(project, tmp_path) == {
            "spatial_ref_sys",
            "event_2024",
            "event_2024_1",
            "event_rest",
        }


def test_stock_alembic_with_schemas_would_drop_those_of_others(tmp_path: Path) -> None:
    with migrated(tmp_path) as project:
        create(project, EXTENSION, OTHERS)
        assert dropped_by_stock_alembic(project, tmp_path, include_schemas="True") == {
            "spatial_ref_sys",
            "county",
            "orders",
        }


def test_stock_alembic_would_drop_what_search_path_shows(tmp_path: Path) -> None:
    with migrated(tmp_path) as project:
        assert project.url
        create(project, EXTENSION, OTHERS)
        name = project.url.database
        create(project, f'ALTER DATABASE "{name}" SET search_path = public, tiger, legacy')
        assert dropped_by_stock_alembic(project, tmp_path) == {
            "spatial_ref_sys",
            "county",
            "orders",
        }
