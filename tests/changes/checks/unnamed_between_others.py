# sqlite postgresql mysql
"""A CHECK comes between two others: none of these goes."""

from sqlalchemy import *


def before(metadata):
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", Integer),
        Column("c", Integer),
        CheckConstraint("a > 0"),
        CheckConstraint("c > 0"),
    )


def after(metadata):
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", Integer),
        Column("c", Integer),
        Column("b", Integer),
        CheckConstraint("a > 0"),
        CheckConstraint("c > 0"),
        CheckConstraint("b > 0"),
    )


rows = ["INSERT INTO t (id, a, c) VALUES (1, 1, 1)"]
before_refuses = ["INSERT INTO t (id, a) VALUES (2, 0)", "INSERT INTO t (id, c) VALUES (2, 0)"]
after_refuses = [*before_refuses, "INSERT INTO t (id, b) VALUES (2, 0)"]
