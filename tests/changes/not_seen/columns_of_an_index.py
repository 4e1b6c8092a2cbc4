# sqlite postgresql mysql
"""Indexes keep their names: other columns, another order, another direction, unique or not."""

from sqlalchemy import *


def t(metadata, *indexes):
    t = Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", Integer),
        Column("Select", Integer),
    )
    for name, columns, unique in indexes:
        items = [t.c[each.strip("-")] for each in columns]
        pairs = zip(items, columns, strict=True)
        Index(name, *(c.desc() if each[0] == "-" else c for c, each in pairs), unique=unique)


def before(metadata):
    t(
        metadata,
        ("one more", ["a"], False),
        ("turned", ["a", "Select"], False),
        ("down", ["a", "id"], False),
        ("up", ["-Select", "a"], False),
        ("unique", ["Select"], False),
        ("not_unique", ["id", "Select"], True),
    )


def after(metadata):
    t(
        metadata,
        ("one more", ["a", "id"], False),
        ("turned", ["Select", "a"], False),
        ("down", ["-a", "id"], False),
        ("up", ["Select", "a"], False),
        ("unique", ["Select"], True),
        ("not_unique", ["id", "Select"], False),
    )


rows = ["INSERT INTO t VALUES (1, 1, 1), (2, 2, 2)"]
before_takes = ["INSERT INTO t VALUES (3, 1, 1)"]
after_refuses = ["INSERT INTO t VALUES (3, 1, 1)"]
