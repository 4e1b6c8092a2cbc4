# sqlite
"""Columns compare another way, and a broken rule has another outcome."""

from sqlalchemy import *


def t(metadata, collation, unique):
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("A b", String(20, collation=collation)),
        Column("c", Integer, nullable=False, sqlite_on_conflict_not_null="IGNORE"),
        Column("d", Integer),
        UniqueConstraint("d", name="u", sqlite_on_conflict=unique),
    )


def before(metadata):
    t(metadata, None, "IGNORE")


def after(metadata):
    t(metadata, "NOCASE", "REPLACE")


rows = ["INSERT INTO t VALUES (1, 'a', 1, 1)"]
before_takes = ["INSERT INTO t VALUES (2, 'a', NULL, 1)", "INSERT INTO t VALUES (2, 'a', 1, 1)"]
after_takes = before_takes
