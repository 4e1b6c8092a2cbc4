# postgresql
"""A label goes, and the index, the CHECK and the defaults that name it change."""

from sqlalchemy import *


def t(metadata, labels, label):
    table = Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("s", Enum(*labels, name="s"), server_default=label),
        Column("many", ARRAY(Enum(*labels, name="s")), server_default="{%s,b}" % label),
        CheckConstraint(f"s <> '{label}' OR id < 9", name="late"),
    )
    Index("one", table.c.id, unique=True, postgresql_where=table.c.s == label)


def before(metadata):
    t(metadata, ["a", "b"], "a")


def after(metadata):
    t(metadata, ["b", "c"], "c")


rows = ["INSERT INTO t VALUES (1, 'b', '{b}')"]
before_refuses = ["INSERT INTO t VALUES (9, 'a')"]
after_refuses = ["INSERT INTO t VALUES (9, 'c')"]
