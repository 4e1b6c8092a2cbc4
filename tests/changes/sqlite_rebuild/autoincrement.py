# sqlite
"""A table is made anew: a key that was there once does not come again."""

from sqlalchemy import *


def t(metadata, type_):
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", type_),
        sqlite_autoincrement=True,
    )
    Table(
        "Other One",
        metadata,
        Column("Id", Integer, primary_key=True),
        Column("a", type_),
        sqlite_autoincrement=True,
    )


def before(metadata):
    t(metadata, Integer)


def after(metadata):
    t(metadata, BigInteger)


rows = [
    "INSERT INTO t (a) VALUES (1), (2), (3), (4)",
    "DELETE FROM t WHERE id > 2",
    'INSERT INTO "Other One" ("Id", a) VALUES (700, 1)',
    'DELETE FROM "Other One"',
]
