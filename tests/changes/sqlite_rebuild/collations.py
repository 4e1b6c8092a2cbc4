# sqlite
"""A table is made anew: columns compare as they did."""

from sqlalchemy import *


def t(metadata, type_):
    Table(
        "t",
        metadata,
        Column("id", String(9, collation="NOCASE"), primary_key=True),
        Column("a", String(20, collation="NOCASE"), unique=True),
        Column("B c", Text(collation="RTRIM"), nullable=False, server_default="x"),
        Column("d", type_),
    )


def before(metadata):
    t(metadata, String(9))


def after(metadata):
    t(metadata, String(99))


rows = ["INSERT INTO t (id, a) VALUES ('x', 'a')"]
before_refuses = [
    "INSERT INTO t (id, a) VALUES ('X', 'b')",
    "INSERT INTO t (id, a) VALUES ('y', 'A')",
]
after_refuses = before_refuses
