# sqlite postgresql
"""A generated column is stored, and another one no longer: indexes, keys and views come back."""

from sqlalchemy import *


def t(metadata, one, two):
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("n", Integer),
        Column("one", Integer, Computed("n + 1", persisted=one)),
        Column("The two", Integer, Computed("n + 2", persisted=two)),
    )


def before(metadata):
    t(metadata, True, False)


def after(metadata):
    t(metadata, False, True)


rows = ["INSERT INTO t (id, n) VALUES (1, 1)"]
by_hand = ['CREATE VIEW shown AS SELECT one, "The two" FROM t']
undo_by_hand = ["DROP VIEW shown"]
