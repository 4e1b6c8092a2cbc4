# sqlite postgresql mysql
"""Columns become required where every row has a value, one with a default, one is it no longer."""

from sqlalchemy import *


def t(metadata, nullable, default):
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", Integer, nullable=nullable),
        Column("Group", String(9), nullable=nullable, server_default=default),
        Column("c", Integer, nullable=not nullable),
    )


def before(metadata):
    t(metadata, True, None)


def after(metadata):
    t(metadata, False, "it's: %")


rows = ["INSERT INTO t VALUES (1, 1, 'a', 1)"]
before_takes = ["INSERT INTO t (id, c) VALUES (2, 1)"]
before_refuses = ["INSERT INTO t (id) VALUES (2)"]
after_takes = ["INSERT INTO t (id, a) VALUES (2, 1)"]
after_refuses = ["INSERT INTO t (id) VALUES (2)"]
