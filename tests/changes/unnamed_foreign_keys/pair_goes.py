# sqlite postgresql mysql
"""A foreign key of two columns goes: with one of them, and the table has a second such key."""

from sqlalchemy import *


def tables(metadata, *more):
    columns = Column("x", Integer, primary_key=True), Column("Y", Integer, primary_key=True)
    Table("pair", metadata, *columns)
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", Integer),
        Column("b", Integer),
        Column("c", Integer),
        ForeignKeyConstraint(["a", "b"], ["pair.x", "pair.Y"]),
        *more,
    )


def before(metadata):
    d = Column("d", Integer)
    tables(metadata, d, ForeignKeyConstraint(["c", "d"], ["pair.x", "pair.Y"], ondelete="CASCADE"))


def after(metadata):
    tables(metadata)


rows = ["INSERT INTO pair VALUES (1, 2)", "INSERT INTO t VALUES (1, 1, 2, 1, 2)"]
before_refuses = ["INSERT INTO t (a, b) VALUES (1, 1)", "INSERT INTO t (c, d) VALUES (1, 1)"]
after_takes = ["INSERT INTO t (c) VALUES (7)"]
after_refuses = ["INSERT INTO t (a, b) VALUES (1, 1)"]
