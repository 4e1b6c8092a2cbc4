# postgresql
from sqlalchemy import *

metadata = MetaData()

Table(
    "t",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("e", Enum("a", "b", name="in_one", schema="one")),
    schema="one",
)
Table(
    "t",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("t", ForeignKey("one.t.id")),
    schema="two",
)
Table("t", metadata, Column("id", Integer, primary_key=True), Column("t", ForeignKey("two.t.id")))
Table(
    "v",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("t", ForeignKey("one.t.id")),
    schema="public",
)
