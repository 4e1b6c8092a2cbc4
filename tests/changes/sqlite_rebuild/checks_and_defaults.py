# sqlite
"""A table is made anew: CHECKs with and without names, and defaults that are expressions."""

from sqlalchemy import *


def t(metadata, **nullable):
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", Integer, CheckConstraint("a > 0"), **nullable),
        Column("b", String(30), server_default=text("(datetime('now', '+1 day'))")),
        Column("c", String(30), server_default="it's: 100% (x)"),
        Column("d", Float, server_default=text("-1.5")),
        Column("e", DateTime, server_default=func.now()),
        CheckConstraint("c <> 'a, b) CHECK (c'", name="odd, (name"),
        CheckConstraint("a <> 7 /* seven */"),
    )


def before(metadata):
    t(metadata)


def after(metadata):
    t(metadata, nullable=False)


rows = ["INSERT INTO t (id, a) VALUES (1, 2)"]
before_refuses = [
    "INSERT INTO t (id, a) VALUES (2, 0)",
    "INSERT INTO t (id, a) VALUES (2, 7)",
    "INSERT INTO t (id, a, c) VALUES (2, 1, 'a, b) CHECK (c')",
]
after_refuses = before_refuses
