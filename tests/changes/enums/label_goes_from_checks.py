# postgresql
"""A label goes, and CHECKs, defaults and a generated column compare with others."""

from sqlalchemy import *


def t(metadata, *labels):
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("State", Enum(*labels, name="Task State"), server_default=text("'b'")),
        Column("at", Integer),
        Column("open", Boolean, Computed("\"State\" = 'b'", persisted=True)),
        CheckConstraint("\"State\" <> 'c' OR at IS NOT NULL", name="done has a time"),
        CheckConstraint("\"State\" IN ('b', 'c')", name="in"),
    )


def before(metadata):
    t(metadata, "a", "b", "c")


def after(metadata):
    t(metadata, "c", "b")


rows = ["INSERT INTO t (id) VALUES (1)", "INSERT INTO t (id, \"State\", at) VALUES (2, 'c', 3)"]
before_refuses = ["INSERT INTO t (id, \"State\") VALUES (3, 'c')"]
after_refuses = [*before_refuses, "INSERT INTO t (id, \"State\") VALUES (3, 'a')"]
