from test_schemas import everything, project_of
from databases import database, run_script
import pytest, time
from databases import plain_engine
from sqlalchemy import text

GEO = """
from sqlalchemy import *
from geoalchemy2 import Geometry, Geography, Raster
metadata = MetaData()
Table("place", metadata, Column("id", Integer, primary_key=True), Column("spot", Geometry("POINT", srid=4326)))
Table("place2", metadata, Column("id", Integer, primary_key=True), Column("spot", Geometry("POINTZ", srid=4326, use_N_D_index=True)),
 Column("a", Geometry()),
 Column("b", Geometry(None, spatial_index=False)),
 Column("c", Geometry("POLYGON", srid=3857, spatial_index=False), index=True),
 Column("d", Geometry("POLYGON", srid=3857), nullable=False),
 Column("e", Geometry("POLYGON", srid=3857, nullable=False)),
 Column("f", Geography("POINT", srid=4326)),
 Column("f2", Geography(srid=4326)),
 Column("g", Raster()),
 Column("g2", Raster(spatial_index=False)),
 Column("h", Geometry("POINTM", dimension=3), Computed("ST_Force3DM(spot)", persisted=True)),
 Column("i", Geometry("MULTIPOLYGONZM")),
 Column("k", Geometry("POINT"), server_default=text("ST_GeomFromText('POINT(1 2)')")),
 Index("byhand", "b", postgresql_using="gist"),
 Index("brin", "b", postgresql_using="brin"),
 Index("d_partial", "d", postgresql_using="gist", postgresql_where=text("id > 3")),
)
Table("place", metadata, Column("id", Integer, primary_key=True), Column("spot", Geometry("POINT", srid=4326)), schema="app")
"""


@pytest.mark.parametrize("models", [GEO])
def test_x(models, tmp_path):
    driver = "postgresql+psycopg"
    with database(driver, tmp_path, "extensions") as url:
        t = time.time()
        run_script(url, "create extension postgis")
        run_script(url, "create extension postgis_raster")
        project = project_of(models, driver, url, tmp_path)
        b = everything(url)
        f = project.autogenerate("create")
        print(f.read_text())
        project.run("upgrade", "head")
        a = everything(url)
        project.run("check")
        project.run("downgrade", "base")
        assert everything(url) == b
        project.run("upgrade", "head")
        assert everything(url) == a
        try:
            project.run("upgrade", "head", sql=True)
        except Exception:
            import traceback

            traceback.print_exc()
        f = project.path / "src/shop/models.py"
        f.write_text(
            "from sqlalchemy import *\nmetadata=MetaData()\nTable('b', metadata, Column('id', Integer, primary_key=True))"
        )
        f = project.autogenerate("create")
        print(f.read_text())
        project.run("upgrade", "head")
        project.run("check")
        project.run("downgrade", "-1")
        assert everything(url) == a
        assert 0
