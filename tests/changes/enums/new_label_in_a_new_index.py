# postgresql
"""A new label, and an index, a generated column and a default that name it, in one revision."""

from sqlalchemy import *


def t(metadata, labels, *more):
    kind = Column("Kind", Enum(*labels, name="Kind"), server_default=labels[-1])
    return Table("t", metadata, Column("id", Integer, primary_key=True), kind, *more)


def before(metadata):
    t(metadata, ["a", "b"])


def after(metadata):
    computed = Computed("CASE WHEN \"Kind\" = 'c' THEN 1 END", persisted=True)
    table = t(metadata, ["a", "b", "c"], Column("n", Integer, computed))
    Index("one_c", table.c.Kind, unique=True, postgresql_where=table.c.Kind == "c")
    Index("by", text("(\"Kind\" = 'c')"))


rows = ["INSERT INTO t (id) VALUES (1), (2)"]
after_takes = ["INSERT INTO t (id) VALUES (3)"]
after_refuses = ["INSERT INTO t (id) VALUES (3), (4)"]
