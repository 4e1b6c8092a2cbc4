# sqlite postgresql mysql mariadb
"""An expression takes a column that comes in place of one that goes, and its type changes with it."""

from sqlalchemy import *


def before(metadata):
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("n", Integer),
        Column("old", Integer),
        Column("same", Integer, Computed("old + 1", persisted=True), index=True),
        Column("other", Integer, Computed("n + 1", persisted=True)),
    )


def after(metadata):
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("n", Integer),
        Column("new", Integer, server_default="7"),
        Column("same", Integer, Computed("new + 1", persisted=True), index=True),
        Column("other", BigInteger, Computed("n + 2", persisted=True)),
    )


rows = ["INSERT INTO t (id, n, old) VALUES (1, 1, 1), (2, 5, 5)"]
lost = ["t.same", "t.other", "t.old"]
