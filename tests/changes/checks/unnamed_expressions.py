# sqlite postgresql mysql
"""CHECKs that are Python expressions know their columns: they are not those of text."""

from sqlalchemy import *


def t(metadata, *checks):
    columns = [Column(name, Integer) for name in "ab"]
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, *checks)


def before(metadata):
    t(metadata, CheckConstraint(column("a") > 5), CheckConstraint("b > 5"))


def after(metadata):
    t(
        metadata,
        CheckConstraint(column("a") > 5),
        CheckConstraint("b > 5"),
        CheckConstraint(column("a") < 100),
        CheckConstraint("b < 100"),
        CheckConstraint(column("a") != column("b")),
    )


rows = ["INSERT INTO t (id, a, b) VALUES (1, 6, 7)"]
before_takes = ["INSERT INTO t (id, a, b) VALUES (2, 100, 100)"]
before_refuses = ["INSERT INTO t (id, a) VALUES (2, 5)", "INSERT INTO t (id, b) VALUES (2, 5)"]
after_refuses = [
    *before_refuses,
    "INSERT INTO t (id, a) VALUES (2, 100)",
    "INSERT INTO t (id, b) VALUES (2, 100)",
    "INSERT INTO t (id, a, b) VALUES (2, 7, 7)",
]
