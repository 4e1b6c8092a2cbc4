# postgresql
"""A sequence comes that no column takes its default from."""

from sqlalchemy import *

not_seen = "a `Sequence` from which no column takes its default"


def before(metadata):
    Table("t", metadata, Column("id", Integer, primary_key=True))


def after(metadata):
    before(metadata)
    Sequence("Numbers", metadata=metadata)


rows = ["INSERT INTO t VALUES (1)"]
