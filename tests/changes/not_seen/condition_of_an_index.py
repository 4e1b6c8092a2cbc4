# sqlite postgresql
"""Indexes have another WHERE: one guards what it did not before."""

from sqlalchemy import *


def where(condition):
    return {"sqlite_where": condition, "postgresql_where": condition}


def t(metadata, open_, state, plain):
    t = Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("State", String(9)),
        Column("at", Integer),
    )
    Index("one_open", "at", unique=True, **where(text(open_)))
    Index("one_open", t.c.at, unique=True, **where(text(open_)))
    Index("by state", t.c.State, t.c.at.desc(), **where(t.c.State != state))
    Index(None, t.c.at, **plain)


def before(metadata):
    t(metadata, "id > 10", "it's: %", {})


def after(metadata):
    t(metadata, "id > 5 AND \"State\" = 'open'", "is", where(text("at IS NOT NULL")))


rows = ["""INSERT INTO t VALUES (1, 'open', 1), (2, 'open', 1), (11, 'closed', 2)"""]
before_refuses = ["INSERT INTO t VALUES (12, 'closed', 2)"]
after_takes = ["INSERT INTO t VALUES (12, 'closed', 2)", "INSERT INTO t VALUES (6, 'open', 2)"]
