# postgresql
from sqlalchemy import *

metadata = MetaData()

Table("named", metadata, Column("id", Integer, primary_key=True), schema="public")
Table(
    "unnamed",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("named", ForeignKey("public.named.id")),
)
Table(
    "other",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unnamed", ForeignKey("unnamed.id")),
    Column("other", ForeignKey("public.other.id")),
    schema="public",
)
