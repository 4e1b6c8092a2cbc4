# postgresql
"""Labels go and move in arrays: with indexes, CHECKs, defaults, and of two dimensions."""

from sqlalchemy import *


def t(metadata, *labels):
    tag = Enum(*labels, name="tag's")
    t = Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("Tags", ARRAY(tag), nullable=False, server_default=text("'{}'")),
        Column("matrix", ARRAY(tag, dimensions=2)),
        CheckConstraint("NOT 'c' = ANY (\"Tags\") OR id < 10", name="c is early"),
    )
    Index("gin", t.c.Tags, postgresql_using="gin")


def before(metadata):
    t(metadata, "a", "b", "c")


def after(metadata):
    t(metadata, "c", "a", "d")


rows = ["INSERT INTO t VALUES (1, '{a,c}', '{{a,c},{c,a}}'), (2, DEFAULT, NULL)"]
before_refuses = ["INSERT INTO t VALUES (10, '{c}')"]
after_refuses = ["INSERT INTO t VALUES (10, '{c}')", "INSERT INTO t VALUES (3, '{b}')"]
