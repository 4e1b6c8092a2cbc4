# postgresql
"""MATCH FULL comes to a foreign key of two columns, and goes from another."""

from sqlalchemy import *


def tables(metadata, one, two):
    columns = Column("x", Integer, primary_key=True), Column("y", Integer, primary_key=True)
    Table("parent", metadata, *columns)
    for name, match in (("one", one), ("Two", two)):
        columns = Column("x", Integer), Column("y", Integer)
        key = ForeignKeyConstraint(["x", "y"], ["parent.x", "parent.y"], match=match)
        Table(name, metadata, Column("id", Integer, primary_key=True), *columns, key)


def before(metadata):
    tables(metadata, None, "FULL")


def after(metadata):
    tables(metadata, "FULL", None)


rows = ["INSERT INTO parent VALUES (1, 1)", "INSERT INTO one VALUES (1, 1, 1)"]
before_takes = ["INSERT INTO one VALUES (2, 2, NULL)"]
before_refuses = ['INSERT INTO "Two" VALUES (2, 2, NULL)']
after_takes = ['INSERT INTO "Two" VALUES (2, 2, NULL)']
after_refuses = ["INSERT INTO one VALUES (2, 2, NULL)"]
