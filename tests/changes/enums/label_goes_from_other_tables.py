# postgresql
"""A label goes from a type that tables in two schemas, arrays and a table of no model use."""

from sqlalchemy import *


def tables(metadata, *labels):
    color = Enum(*labels, name="Color", schema="Shared")
    Table("a", metadata, Column("id", Integer, primary_key=True), Column("c", color))
    many = Column("many", ARRAY(color), server_default="{red}", nullable=False)
    Table("b", metadata, Column("id", Integer, primary_key=True), many, schema="Shared")
    columns = Column("c", color, primary_key=True), Column("d", color, unique=True)
    Table("key", metadata, *columns)
    Table("refers", metadata, Column("c", ForeignKey("key.c"), primary_key=True))


def before(metadata):
    tables(metadata, "red", "green", "blue")


def after(metadata):
    tables(metadata, "blue", "red", "new")


hooks = """
options = {"include_name": lambda name, type_, parents: name not in ("by_hand", "pg_catalog")}
"""
rows = [
    "INSERT INTO a VALUES (1, 'red'), (2, NULL)",
    """INSERT INTO "Shared".b VALUES (1, DEFAULT), (2, '{blue,red}')""",
    "INSERT INTO key VALUES ('red', 'blue'), ('blue', NULL)",
    "INSERT INTO refers VALUES ('blue')",
]
by_hand = [
    """CREATE TABLE by_hand (c "Shared"."Color" DEFAULT 'blue')""",
    "INSERT INTO by_hand DEFAULT VALUES",
]
undo_by_hand = ["DROP TABLE by_hand"]
after_refuses = ["INSERT INTO refers VALUES ('new')"]
