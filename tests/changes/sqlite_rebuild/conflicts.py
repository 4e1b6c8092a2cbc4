# sqlite
"""A table is made anew: what happens to a row that breaks a rule is as it was."""

from sqlalchemy import *


def t(metadata, type_):
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True, sqlite_on_conflict_primary_key="FAIL"),
        Column("a", Integer, nullable=False, sqlite_on_conflict_not_null="IGNORE"),
        Column("b", Integer, unique=True, sqlite_on_conflict_unique="REPLACE"),
        Column("c", Integer),
        Column("d", type_),
        UniqueConstraint("c", "d", sqlite_on_conflict="IGNORE", name="c and d"),
    )


def before(metadata):
    t(metadata, String(9))


def after(metadata):
    t(metadata, String(99))


rows = ["INSERT INTO t VALUES (1, 1, 1, 1, 'a')"]
after_takes = [
    "INSERT INTO t VALUES (2, NULL, 2, 2, 'a')",
    "INSERT INTO t VALUES (2, 2, 1, 2, 'a')",
]
before_takes = after_takes
