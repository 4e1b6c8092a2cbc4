# sqlite postgresql mysql
"""CHECKs come before and after the only one, and on a column that was there."""

from sqlalchemy import *


def t(metadata, *checks):
    columns = [Column(name, Integer) for name in "amz"]
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        *columns,
        *checks,
    )


def before(metadata):
    t(metadata, CheckConstraint("m < 10"))


def after(metadata):
    t(metadata, *(CheckConstraint(f"{name} < 10") for name in "amz"), CheckConstraint("id < 10"))


rows = ["INSERT INTO t (id, a, m, z) VALUES (1, 1, 1, 1)"]
before_takes = ["INSERT INTO t (id, a, z) VALUES (2, 10, 10)"]
before_refuses = ["INSERT INTO t (id, m) VALUES (2, 10)"]
after_refuses = [
    "INSERT INTO t (id, a) VALUES (2, 10)",
    "INSERT INTO t (id, m) VALUES (2, 10)",
    "INSERT INTO t (id, z) VALUES (2, 10)",
    "INSERT INTO t (id) VALUES (11)",
]
