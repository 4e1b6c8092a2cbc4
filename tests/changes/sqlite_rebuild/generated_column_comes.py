# sqlite
"""A generated column comes to a table that has one, and a constraint with it."""

from sqlalchemy import *


def t(metadata, *more):
    a, b = Column("a", Integer), Column("b", Integer, Computed("a + 1"))
    Table("t", metadata, Column("id", Integer, primary_key=True), a, b, *more)


def before(metadata):
    t(metadata)


def after(metadata):
    t(metadata, Column("c", Integer, Computed("a * 2", persisted=True)), UniqueConstraint("a"))


rows = ["INSERT INTO t (id, a) VALUES (1, 2), (2, 3)"]
after_refuses = ["INSERT INTO t (id, a) VALUES (3, 3)"]
