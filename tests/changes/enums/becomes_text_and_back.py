# postgresql
"""A column with an index, a CHECK and a default becomes an enum, another one becomes text."""

from sqlalchemy import *


def t(metadata, one, two):
    t = Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("one", one, server_default="a", nullable=False),
        Column("Two", two, server_default="a", nullable=False),
        CheckConstraint("one <> 'b'", name="one is not b"),
        CheckConstraint("\"Two\" <> 'b'", name="two is not b"),
    )
    Index("of_one", t.c.one, postgresql_where=text("one = 'a'"))
    Index("of two", t.c.Two, postgresql_where=text("\"Two\" = 'a'"))


def before(metadata):
    t(metadata, String(9), Enum("a", "b", name="e2"))


def after(metadata):
    t(metadata, Enum("a", "b", name="e1"), String(9))


rows = ["INSERT INTO t (id) VALUES (1), (2)"]
before_refuses = [
    "INSERT INTO t (id, one) VALUES (3, 'b')",
    "INSERT INTO t (id, \"Two\") VALUES (3, 'b')",
]
after_refuses = before_refuses
