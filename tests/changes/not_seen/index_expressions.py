# sqlite postgresql
"""Indexes keep their names, and have other expressions, directions and places of NULL."""

from sqlalchemy import *


def t(metadata, *indexes):
    t = Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", String(9)),
        Column("Order", String(9)),
    )
    for number, items in enumerate(indexes):
        Index(f"ix {number}", *(item(t.c) for item in items))


def before(metadata):
    t(
        metadata,
        [lambda c: func.lower(c.a)],
        [lambda c: func.lower(c.a), lambda c: c.Order],
        [lambda c: c.a.desc()],
        [lambda c: func.coalesce(c.Order, "it's: %")],
        [lambda c: c.a, lambda c: c.Order],
        [lambda c: text("(a || 'x:y')")],
    )


def after(metadata):
    t(
        metadata,
        [lambda c: func.upper(c.a)],
        [lambda c: func.lower(c.a), lambda c: c.Order.desc()],
        [lambda c: func.lower(c.a).desc()],
        [lambda c: func.coalesce(c.Order, "")],
        [
            lambda c: c.a.desc().nulls_last() if "{driver}"[0] == "p" else c.a.desc(),
            lambda c: c.Order,
        ],
        [lambda c: text("(a || 'x:z')")],
    )


rows = ["INSERT INTO t VALUES (1, 'a', 'b'), (2, 'B', NULL)"]
