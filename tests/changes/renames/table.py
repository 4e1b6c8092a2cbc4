# sqlite postgresql mysql
"""A table is renamed that refers to another, is referred to, and has an index."""

from sqlalchemy import *

renames = True


def tables(metadata, name):
    Table("parent", metadata, Column("id", Integer, primary_key=True))
    Table(
        name,
        metadata,
        Column("id", Integer, primary_key=True),
        Column("parent_id", ForeignKey("parent.id")),
        Column("note", String(20)),
    )
    column = Column("of", ForeignKey(f"{name}.id"))
    Table("child", metadata, Column("id", Integer, primary_key=True), column)


def before(metadata):
    tables(metadata, "one")


def after(metadata):
    tables(metadata, "Two's")


rows = ["INSERT INTO parent VALUES (1)", "INSERT INTO one VALUES (1, 1, 'a')"]
rows += ["INSERT INTO child VALUES (1, 1)"]
renamed = {"one": "Two's"}
before_refuses = ["INSERT INTO child VALUES (2, 2)"]
after_refuses = before_refuses
