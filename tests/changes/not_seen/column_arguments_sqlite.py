# sqlite
"""Columns compare another way, and a broken rule has another outcome."""

from sqlalchemy import *


def t(metadata, collation, null, unique):
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("A b", String(20, collation=collation)),
        Column("c", Integer, nullable=False, sqlite_on_conflict_not_null=null),
        Column("d", Integer),
        UniqueConstraint("d", name="u", sqlite_on_conflict=unique),
    )


def before(metadata):
    t(metadata, None, None, "IGNORE")


def after(metadata):
    t(metadata, "NOCASE", "IGNORE", "REPLACE")


rows = ["INSERT INTO t VALUES (1, 'a', 1, 1)"]
before_refuses = ["INSERT INTO t VALUES (2, 'a', NULL, 1)"]
after_takes = before_refuses
