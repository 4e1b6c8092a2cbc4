# postgresql
from sqlalchemy import *

metadata = MetaData(schema="app")

Table("a", metadata, Column("id", Integer, primary_key=True))
blank = Table("b", metadata, Column("id", Integer, primary_key=True), schema=BLANK_SCHEMA)
Table("p", metadata, Column("id", Integer, primary_key=True), schema="public")
Table(
    "c",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("a", ForeignKey("a.id")),
    Column("b", ForeignKey(blank.c.id)),
    Column("c", ForeignKey("c.id")),
    Column("p", ForeignKey("public.p.id")),
)
Table(
    "d",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("a", ForeignKey("a.id")),
    Column("a_again", ForeignKey("app.a.id")),
    schema=BLANK_SCHEMA,
)
