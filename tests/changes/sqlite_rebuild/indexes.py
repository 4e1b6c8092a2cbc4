# sqlite
"""A table is made anew: its indexes have their directions, conditions, collations and names."""

from sqlalchemy import *


def t(metadata, type_):
    table = Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("note", type_),
        Column("at", DateTime),
        Column("kind", String(9), index=True),
        Column("key", Integer, unique=True),
    )
    Index("by time", table.c.at.desc(), "id")
    Index("open", table.c.kind, sqlite_where=table.c.at.is_(None))
    Index(
        "one_open", table.c.kind, table.c.key.desc(), unique=True, sqlite_where=text("at > 'x:y'")
    )
    Index("nocase", collate(table.c.kind, "NOCASE"))
    Index("lower", func.lower(table.c.kind), table.c.at)


def before(metadata):
    t(metadata, String(9))


def after(metadata):
    t(metadata, String(99))


rows = ["INSERT INTO t VALUES (1, 'a', '2020-01-01 00:00:00', 'b', 2), (3, NULL, NULL, 'b', 4)"]
after_refuses = ["INSERT INTO t VALUES (5, 'a', NULL, 'b', 2)"]
before_refuses = after_refuses
