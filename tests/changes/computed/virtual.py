# sqlite postgresql mysql mariadb
"""A generated column that is not stored gets another expression, under a view and a CHECK."""

from sqlalchemy import *


def t(metadata, n):
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("n", Integer),
        Column("v", Integer, Computed(f"n + {n}", persisted=False)),
        CheckConstraint("v > 0", name="positive"),
    )


def before(metadata):
    t(metadata, 1)


def after(metadata):
    t(metadata, 2)


rows = ["INSERT INTO t (id, n) VALUES (1, 1), (2, 5)"]
by_hand = ["CREATE VIEW shown AS SELECT v FROM t"]
undo_by_hand = ["DROP VIEW shown"]
lost = ["t.v"]
before_refuses = after_refuses = ["INSERT INTO t (id, n) VALUES (3, -5)"]
warns = "Gives column v of t another expression\\.(\n|$)"
