# postgis
from geoalchemy2 import Geography, Geometry
from sqlalchemy import *
from sqlalchemy.dialects.postgresql import ARRAY

metadata = MetaData()


class Spot(TypeDecorator):
    impl = Geometry
    cache_ok = True

    def __init__(self):
        super().__init__("POINT", 4326)


Table(
    "place",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("spot", Geometry("POINT", srid=4326)),
    Column("any", Geometry()),
    Column("plain", Geometry(None)),
    Column("not_null", Geometry("POLYGON", srid=3857), nullable=False),
    Column("not_null_by_type", Geometry("POLYGON", nullable=False)),
    Column("decorated", Spot, nullable=False),
    Column("in_three", Geometry("POINTZ", srid=4326, use_N_D_index=True)),
    Column("in_four", Geometry("MULTIPOLYGONZM", dimension=4)),
    Column("made", Geometry("POINTM", dimension=3), Computed("ST_Force3DM(spot)", persisted=True)),
    Column("with_default", Geometry("POINT"), server_default=text("ST_MakePoint(1, 2)")),
    Column("on_earth", Geography("POINT", srid=4326)),
    Column("on_earth_too", Geography(spatial_index=False)),
    Column("none", Geometry("POINT", spatial_index=False)),
    Column("by_flag", Geometry("POINT", spatial_index=False), index=True),
    Column("by_hand", Geometry("POINT", spatial_index=False)),
    Column("twice", Geometry("POINT")),
    Column("variant", Text().with_variant(Geometry("POINT", srid=4326), "postgresql")),
    Column("many", ARRAY(Geometry("POINT", srid=4326))),
    Index("ix_by_hand", "by_hand", postgresql_using="gist"),
    Index("ix_twice", "twice", postgresql_using="brin"),
    Index("ix_near", "twice", postgresql_using="gist", postgresql_where=text("id > 3")),
    Index("ix_as_text", text("ST_AsText(twice)")),
)
Table(
    "place",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("spot", Geometry("POINT", srid=4326)),
    schema="Of city",
)
Table(
    "route",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("line", Geometry("LINESTRING", srid=4326), nullable=False),
    Column("from_place", ForeignKey("place.id")),
)
