# postgis postgis_raster
from geoalchemy2 import Raster
from sqlalchemy import *

metadata = MetaData()

Table(
    "picture",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("indexed", Raster),
    Column("not_null", Raster, nullable=False),
    Column("bare", Raster(spatial_index=False)),
)
