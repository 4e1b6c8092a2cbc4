# sqlite postgresql mysql
"""Required columns come to a table without rows: nothing is in their way."""

from sqlalchemy import *


def t(metadata, *more):
    Table("t", metadata, Column("id", Integer, primary_key=True), Column("n", Integer), *more)


def before(metadata):
    t(metadata)


def after(metadata):
    columns = Column("a", String(9), nullable=False), Column("B b", Date, nullable=False)
    t(metadata, *columns, Column("c", Integer, nullable=False, unique=True))


after_refuses = ["INSERT INTO t (id, a) VALUES (1, 'a')"]
