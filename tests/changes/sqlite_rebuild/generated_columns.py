# sqlite
"""A table is made anew: its generated columns are, stored and virtual, with several lines."""

from sqlalchemy import *


def t(metadata, **nullable):
    Table(
        "line",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("price", Integer, **nullable),
        Column("Amount", Integer),
        Column("total", Integer, Computed('price * "Amount"', persisted=True)),
        Column("label", String(40), Computed("'x: ' || price\n  || '%'"), nullable=False),
        Column("last", Integer, Computed("coalesce(price, 0)", persisted=False)),
        Index("by total", "total"),
    )


def before(metadata):
    t(metadata)


def after(metadata):
    t(metadata, nullable=False)


rows = ['INSERT INTO line (id, price, "Amount") VALUES (1, 2, 3), (2, 5, NULL)']
