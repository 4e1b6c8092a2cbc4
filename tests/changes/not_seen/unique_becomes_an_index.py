# sqlite postgresql mysql
# with a naming convention
"""A unique constraint becomes a unique index, and the other way."""

from sqlalchemy import *


def t(metadata, constraint, index):
    columns = Column("a", Integer), Column("b", Integer)
    items = (
        UniqueConstraint(constraint, name="of_" + constraint),
        Index("by_" + index, index, unique=True),
    )
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, *items)


def before(metadata):
    t(metadata, "a", "b")


def after(metadata):
    t(metadata, "b", "a")


rows = ["INSERT INTO t VALUES (1, 1, 1), (2, 2, 2)"]
before_refuses = ["INSERT INTO t VALUES (3, 1, 3)", "INSERT INTO t VALUES (3, 3, 1)"]
after_refuses = before_refuses
