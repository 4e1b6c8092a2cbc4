# sqlite postgresql mysql
"""A CHECK without a name says less now: the old one goes. The other one of its column stays."""

from sqlalchemy import *


def t(metadata, *checks):
    a = Column("a", Integer)
    Table("t", metadata, Column("id", Integer, primary_key=True), a, *map(CheckConstraint, checks))


def before(metadata):
    t(metadata, "a > 9", "a < 100")


def after(metadata):
    t(metadata, "a > 0", "a < 100")


rows = ["INSERT INTO t (id, a) VALUES (1, 10)"]
before_refuses = ["INSERT INTO t (id, a) VALUES (2, 5)", "INSERT INTO t (id, a) VALUES (2, 100)"]
after_takes = ["INSERT INTO t (id, a) VALUES (2, 5)"]
after_refuses = ["INSERT INTO t (id, a) VALUES (2, 0)", "INSERT INTO t (id, a) VALUES (2, 100)"]
