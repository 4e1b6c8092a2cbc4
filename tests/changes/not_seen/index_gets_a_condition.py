# sqlite postgresql
"""A unique index of all rows is one of some, and one of some is one of all."""

from sqlalchemy import *


def t(metadata, one, all_):
    columns = Column("a", Integer), Column("b", Integer)
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns)
    table = metadata.tables["t"]
    for name, column, condition in (("One", table.c.a, one), ("all", table.c.b, all_)):
        where = {"sqlite_where": condition, "postgresql_where": condition}
        Index(name, column, unique=True, **(where if condition is not None else {}))


def before(metadata):
    t(metadata, None, text("id < 0"))


def after(metadata):
    t(metadata, text("id > 5"), None)


rows = ["INSERT INTO t VALUES (1, 1, 1), (2, 2, 2)"]
before_takes = ["INSERT INTO t VALUES (3, 3, 1)"]
before_refuses = ["INSERT INTO t VALUES (3, 1, 3)"]
after_takes = ["INSERT INTO t VALUES (3, 1, 3)"]
after_refuses = ["INSERT INTO t VALUES (3, 3, 1)"]
