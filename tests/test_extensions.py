"""What PostgreSQL's extensions make is written once, and never dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL

from support.contents import contents
from support.databases import database, need_extensions, run_script
from support.migrations import Project
from test_schemas import SCHEMAS, close_the_circle, project_of

DRIVER = "postgresql+psycopg"
# A model has what is written between its brackets.
MODELS = """
from geoalchemy2 import Geography, Geometry
from pgvector.sqlalchemy import Vector
from sqlalchemy import *

metadata = MetaData()
Table("other", metadata, Column("id", Integer, primary_key=True))
"""
PLACE = 'Table("place", metadata, Column("id", Integer, primary_key=True), {})\n'
SPOT = 'Column("spot", Geometry("POINT", srid=4326))'


def with_extension(url: URL, *extensions: str) -> None:
    """Create extensions in a database."""
    need_extensions(url, *extensions)
    for extension in extensions:
        run_script(url, f"CREATE EXTENSION {extension}")


@contextmanager
def new(folder: Path, *extensions: str, models: str = "") -> Iterator[Project]:
    """Migrate a database that has these extensions to these models."""
    with database(DRIVER, folder, "extensions") as url:
        with_extension(url, *extensions)
        project = project_of(MODELS + models, DRIVER, url, folder)
        project.autogenerate("create")
        project.run("upgrade", "head")
        project.run("check")
        yield project


def change(project: Project, models: str) -> str:
    """Migrate to these models, back and forth again. Returns what the revisions do."""
    (project.path / "src" / "shop" / "models.py").write_text(models)
    before = contents(url_of(project))
    project.autogenerate(f"change {len(project.revisions)}")
    upgrades = [each.read_text().partition("def downgrade")[0] for each in project.change]
    project.allow()
    project.run("upgrade", "head")
    after = contents(url_of(project))
    project.run("check")
    project.run("downgrade", f"-{len(project.change)}")
    assert contents(url_of(project)) == before
    project.run("upgrade", "head")
    assert contents(url_of(project)) == after
    return "".join(upgrades)


def url_of(project: Project) -> URL:
    """Return the database's URL."""
    assert project.url
    return project.url


def operations(revision: str) -> list[str]:
    """Return the operations of an upgrade, each with the name of what it changes."""
    upgrade = revision.partition("def downgrade")[0]
    found = re.findall(r'op\.(\w+)\(\s*(?:op\.f\()?"(\w+)"', upgrade)
    return [" ".join(each) for each in found]


@pytest.mark.parametrize(
    "file", sorted(SCHEMAS.glob("extensions/*.py")), ids=lambda file: file.stem
)
def test_models_with_types_of_extensions_close_the_circle(file: Path, tmp_path: Path) -> None:
    models = file.read_text()
    extensions = models.splitlines()[0].strip("# ").split()
    close_the_circle(DRIVER, models, tmp_path, extensions)


# --- PostGIS --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Geometry", "Geography"])
def test_a_spatial_column_comes_and_goes_with_its_index(kind: str, tmp_path: Path) -> None:
    spot = SPOT.replace("Geometry", kind)
    with new(tmp_path, "postgis", models=PLACE.format("")) as project:
        run_script(url_of(project), "INSERT INTO place VALUES (1)")
        added = change(project, MODELS + PLACE.format(spot))
        assert operations(added) == ["add_column place", "create_index idx_place_spot"]
        assert "spatial_index=False" in added
        dropped = change(project, MODELS + PLACE.format(""))
        assert operations(dropped) == ["drop_index idx_place_spot", "drop_column place"]
        change(project, MODELS + PLACE.format(spot))
        gone = change(project, MODELS)
        assert operations(gone) == ["drop_index idx_place_spot", "drop_table place"]
        project.run("downgrade", "base")
        project.run("upgrade", "head")


CHECK = "constraint ck_place_spot_not_null"
REQUIRED = [f"drop_{CHECK}", f"create_check_{CHECK}", "alter_column place", f"drop_{CHECK}"]
CHANGES = [
    ("", ", spatial_index=False", ["drop_index idx_place_spot"]),
    (", spatial_index=False", "", ["create_index idx_place_spot"]),
    ("", ", nullable=False", REQUIRED),
    ("", "), nullable=False, comment=('where'", ["alter_column place", *REQUIRED]),
]


@pytest.mark.parametrize(("before", "after", "expected"), CHANGES)
def test_a_spatial_column_changes(
    before: str, after: str, expected: list[str], tmp_path: Path
) -> None:
    def models(options: str) -> str:
        return PLACE.format(SPOT.replace("4326", f"4326{options}"))

    with new(tmp_path, "postgis", models=models(before)) as project:
        assert operations(change(project, MODELS + models(after))) == expected
        assert operations(change(project, MODELS + models(before)))


def test_a_geometry_of_check_constraints_is_what_its_type_says(tmp_path: Path) -> None:
    managed = PLACE.format(SPOT.replace("4326", "4326, use_typmod=False"))
    with new(tmp_path, "postgis", models=managed) as project:
        change(project, MODELS)


# As GeoAlchemy2's page on Alembic has it.
HELPERS = """
from geoalchemy2 import alembic_helpers

options = {
    "include_object": alembic_helpers.include_object,
    "process_revision_directives": alembic_helpers.writer,
    "render_item": alembic_helpers.render_item,
}
"""


def test_geoalchemy2_s_helpers_may_stand_beside(tmp_path: Path) -> None:
    with database(DRIVER, tmp_path, "extensions") as url:
        with_extension(url, "postgis")
        project = project_of(MODELS + PLACE.format(SPOT), DRIVER, url, tmp_path)
        hooks = project.migrations / "hooks.py"
        hooks.write_text(hooks.read_text() + HELPERS)
        before = contents(url)
        revision = project.autogenerate("create")
        assert "from geoalchemy2 import Geometry" in revision.read_text()
        assert "op.create_geospatial_table" in revision.read_text()
        project.run("upgrade", "head")
        project.run("check")
        change(project, MODELS + PLACE.format(""))
        change(project, MODELS + PLACE.format(SPOT))
        change(project, MODELS)
        project.run("downgrade", "base")
        assert contents(url) == before


def test_tables_of_postgis_are_left_alone(tmp_path: Path) -> None:
    extensions = ["postgis", "postgis_topology"]
    with new(tmp_path, *extensions, models=PLACE.format(SPOT)) as project:
        url = url_of(project)
        run_script(url, "SELECT topology.CreateTopology('city')")
        run_script(url, f'ALTER DATABASE "{url.database}" SET search_path = public, topology')
        project.run("check")


# --- pgvector -------------------------------------------------------------------------------


ITEM = """
Table(
    "item",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("embedding", Vector(3)),
    Index(
        "ix_item_embedding",
        "embedding",
        postgresql_using="hnsw",
        postgresql_with={"m": 16, "ef_construction": 64},
        postgresql_ops={"embedding": "vector_l2_ops"},
    ),
)
"""


def test_a_vector_changes_its_dimensions_and_its_index(tmp_path: Path) -> None:
    with new(tmp_path, "vector", models=ITEM) as project:
        run_script(url_of(project), "INSERT INTO item VALUES (1, NULL)")
        change(project, MODELS + ITEM.replace("Vector(3)", "Vector(5)"))
        change(project, MODELS + ITEM.replace("vector_l2_ops", "vector_cosine_ops"))


def test_a_dropped_table_comes_back_though_no_model_has_its_types_any_more(
    tmp_path: Path,
) -> None:
    with new(tmp_path, "postgis", "vector", models=PLACE.format(SPOT) + ITEM) as project:
        bare = re.sub("from (geoalchemy2|pgvector).*\n", "", MODELS)
        (project.path / "src" / "shop" / "models.py").write_text(bare)
        before = contents(url_of(project))
        # In a process that has not imported the types.
        done = project.cli("revision", "--autogenerate", "-m", "drop")
        assert done.returncode == 0, done.stderr
        project.run("upgrade", "head")
        project.run("downgrade", f"-{len(project.change)}")
        assert contents(url_of(project)) == before


# --- TimescaleDB ----------------------------------------------------------------------------


READING = """
Table(
    "reading",
    metadata,
    Column("time", DateTime(timezone=True), primary_key=True),
    Column("device", Integer, primary_key=True, autoincrement=False),
    Column("value", Float, index=True),
)
Table(
    "Step",
    metadata,
    Column("At", BigInteger, nullable=False),
    Column("device no", Integer, nullable=False),
    schema="Of machines",
)
"""
HYPERTABLES = [
    "SELECT create_hypertable('reading', by_range('time'))",
    """SELECT create_hypertable('"Of machines"."Step"', 'At', 'device no', 2,
        chunk_time_interval => 10, associated_schema_name => 'public')""",
    "INSERT INTO reading SELECT now() - i * interval '5 days', i, i FROM generate_series(1, 9) i",
    'INSERT INTO "Of machines"."Step" SELECT i, i FROM generate_series(1, 90) i',
]


@contextmanager
def hypertables(folder: Path) -> Iterator[Project]:
    """Migrate a database and make its tables hypertables."""
    with new(folder, "timescaledb", models=READING) as project:
        for statement in HYPERTABLES:
            run_script(url_of(project), statement)
        yield project


def test_what_timescaledb_made_is_left_alone(tmp_path: Path) -> None:
    with hypertables(tmp_path) as project:
        url = url_of(project)
        for found in ("reading_time_idx", "Step_At_idx", "Step_device no_At_idx", "_chunk"):
            assert found in "".join(contents(url))
        project.run("check")
        assert operations(
            change(project, MODELS + READING.replace('"value", Float,', '"value", Numeric,'))
        ) == ["alter_column reading"]


# Of all schemas that there are.
EVERYTHING = """
def include_name(*_):
    return True


options = {"include_name": include_name, "include_schemas": True}
"""


def test_schemas_of_extensions_are_left_alone_though_hooks_name_all(tmp_path: Path) -> None:
    with hypertables(tmp_path) as project:
        with_extension(url_of(project), "postgis", "postgis_topology")
        hooks = project.migrations / "hooks.py"
        hooks.write_text(hooks.read_text() + EVERYTHING)
        project.run("check")


def test_an_index_of_a_hypertable_that_is_the_model_s_own_is_compared(tmp_path: Path) -> None:
    own = 'Index("reading_time_idx", text("time DESC")), Index("ix_by_time", text("time DESC")),'
    with_own = READING.replace(", index=True),\n", f"),\n{own}\n", 1)
    with new(tmp_path, "timescaledb", models=with_own) as project:
        run_script(url_of(project), HYPERTABLES[0])
        project.run("check")
        # What could be TimescaleDB's is left, and what could not is dropped.
        assert operations(change(project, MODELS + with_own.replace(own, ""))) == [
            "drop_index ix_by_time"
        ]


def test_a_hypertable_is_dropped_and_comes_back_as_a_table(tmp_path: Path) -> None:
    with hypertables(tmp_path) as project:
        (project.path / "src" / "shop" / "models.py").write_text(MODELS)
        project.autogenerate("drop")
        project.run("upgrade", "head")
        assert "reading" not in "".join(contents(url_of(project)))
        project.run("check")
        project.run("downgrade", "base")
