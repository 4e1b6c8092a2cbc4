# mysql
"""A generated column is stored, and another one no longer."""

from sqlalchemy import *

not_seen = "`persisted` of a `Computed` column"


def t(metadata, one, two):
    columns = (
        Column("n", Integer),
        Column("one", Integer, Computed("n + 1", persisted=one)),
        Column("The two", Integer, Computed("n + 2", persisted=two)),
    )
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns)


def before(metadata):
    t(metadata, True, False)


def after(metadata):
    t(metadata, False, True)


rows = ["INSERT INTO t (id, n) VALUES (1, 1)"]
