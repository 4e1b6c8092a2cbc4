# sqlite
"""A broken NOT NULL or primary key has another outcome."""

from sqlalchemy import *

not_seen = "`sqlite_on_conflict_not_null` and `sqlite_on_conflict_primary_key`"


def t(metadata, outcome):
    key = Column("id", Integer, primary_key=True, sqlite_on_conflict_primary_key=outcome)
    column = Column("A b", Integer, nullable=False, sqlite_on_conflict_not_null=outcome)
    Table("t", metadata, key, column)


def before(metadata):
    t(metadata, None)


def after(metadata):
    t(metadata, "IGNORE")


rows = ["INSERT INTO t VALUES (1, 1)"]
