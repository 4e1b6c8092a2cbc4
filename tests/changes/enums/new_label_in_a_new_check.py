# postgresql
"""A new label, and CHECKs that name it, in one revision: with a name, changed, and of a column."""

from sqlalchemy import *


def t(metadata, labels, *more):
    status = Column("status", Enum(*labels, name="status"), nullable=False)
    Table(
        "t", metadata, Column("id", Integer, primary_key=True), status, Column("at", Integer), *more
    )


def before(metadata):
    t(metadata, ["a", "b"], CheckConstraint("status <> 'b' OR at > 0", name="b has a time"))


def after(metadata):
    t(
        metadata,
        ["a", "b", "it's new"],
        CheckConstraint("status NOT IN ('b', 'it''s new') OR at > 0", name="b has a time"),
        CheckConstraint("status <> 'it''s new' OR id > 5", name="new is late"),
    )


rows = ["INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)"]
before_refuses = ["INSERT INTO t VALUES (3, 'b', 0)"]
after_takes = ["INSERT INTO t VALUES (6, 'it''s new', 1)"]
after_refuses = [
    "INSERT INTO t VALUES (6, 'it''s new', 0)",
    "INSERT INTO t VALUES (3, 'it''s new', 1)",
]
