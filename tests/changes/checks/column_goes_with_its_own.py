# sqlite postgresql mysql
"""A column goes, and what checks it: a CHECK that has its name in a string alone stays."""

from sqlalchemy import *


def t(metadata, *more):
    columns = Column("b", String(20)), Column("ab", Integer)
    checks = CheckConstraint("b <> 'a'"), CheckConstraint("b <> 'x > a'"), CheckConstraint("ab > 0")
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, *checks, *more)


def before(metadata):
    checks = CheckConstraint("a > 0"), CheckConstraint("a < ab", name="less")
    t(metadata, Column("a", Integer), *checks)


def after(metadata):
    t(metadata)


rows = ["INSERT INTO t (id, a, b, ab) VALUES (1, 1, 'b', 2)"]
kept = ["INSERT INTO t (id, b) VALUES (2, 'a')", "INSERT INTO t (id, b) VALUES (2, 'x > a')"]
kept += ["INSERT INTO t (id, ab) VALUES (2, 0)"]
after_refuses = kept
lost = ["t.a"]
before_refuses = [*kept]
