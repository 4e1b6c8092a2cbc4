# postgresql
"""Tables of the same name in three schemas, and a CHECK comes to one of them."""

from sqlalchemy import *


def t(metadata, schema, *checks):
    columns = [Column(name, Integer) for name in "ab"]
    items = map(CheckConstraint, checks)
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, *items, schema=schema)


def before(metadata):
    for schema in (None, "one", "Two"):
        t(metadata, schema, "a > 0")


def after(metadata):
    t(metadata, None, "a > 0")
    t(metadata, "one", "a > 0", "b > 0")
    t(metadata, "Two", "a > 9")


rows = ['INSERT INTO "Two".t (id, a) VALUES (1, 10)', "INSERT INTO one.t (id, a) VALUES (1, 10)"]
before_takes = ['INSERT INTO "Two".t (id, a) VALUES (2, 5)']
before_refuses = [
    "INSERT INTO t (id, a) VALUES (2, 0)",
    "INSERT INTO one.t (id, a) VALUES (2, 0)",
    'INSERT INTO "Two".t (id, a) VALUES (2, 0)',
]
after_takes = ["INSERT INTO t (id, b) VALUES (2, 0)"]
after_refuses = [
    "INSERT INTO t (id, a) VALUES (2, 0)",
    "INSERT INTO one.t (id, a) VALUES (2, 0)",
    "INSERT INTO one.t (id, b) VALUES (2, 0)",
    'INSERT INTO "Two".t (id, a) VALUES (2, 5)',
]
