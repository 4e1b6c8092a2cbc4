# sqlite postgresql mysql
"""A CHECK comes between two others: none of these goes."""

from sqlalchemy import *


def t(metadata, *more):
    a, c = Column("a", Integer), Column("c", Integer)
    checks = CheckConstraint("a > 0"), CheckConstraint("c > 0")
    Table("t", metadata, Column("id", Integer, primary_key=True), a, c, *checks, *more)


def before(metadata):
    t(metadata)


def after(metadata):
    t(metadata, Column("b", Integer), CheckConstraint("b > 0"))


rows = ["INSERT INTO t (id, a, c) VALUES (1, 1, 1)"]
before_refuses = ["INSERT INTO t (id, a) VALUES (2, 0)", "INSERT INTO t (id, c) VALUES (2, 0)"]
after_refuses = [*before_refuses, "INSERT INTO t (id, b) VALUES (2, 0)"]
