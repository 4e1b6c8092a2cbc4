# sqlite postgresql mysql
"""The database was there before Alembic: its CHECKs have the names that it chose, or none."""

from sqlalchemy import *

made_by_create_all = True


def t(metadata, *more):
    a = Column("a", Integer, CheckConstraint("a > 0"))
    Table("t", metadata, Column("id", Integer, primary_key=True), a, *more)


def before(metadata):
    t(metadata, Column("c", Integer), CheckConstraint("c > 0"))


def after(metadata):
    b = Column("b", Integer, nullable=False, server_default="1")
    t(metadata, Column("c", BigInteger), CheckConstraint("c > 0"), b, CheckConstraint("b > 0"))


rows = ["INSERT INTO t (id, a, c) VALUES (1, 1, 1)"]
before_refuses = ["INSERT INTO t (id, a) VALUES (2, 0)", "INSERT INTO t (id, c) VALUES (2, 0)"]
after_refuses = [*before_refuses, "INSERT INTO t (id, b) VALUES (2, 0)"]
