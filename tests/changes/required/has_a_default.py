# sqlite postgresql mysql
"""Required columns with defaults come to a table that has rows: constants, expressions, odd ones."""

from sqlalchemy import *

on_sqlite = "{driver}"[0] == "s"


def t(metadata, *more):
    Table("t", metadata, Column("id", Integer, primary_key=True), *more)


def before(metadata):
    t(metadata)


def after(metadata):
    t(
        metadata,
        Column("a", String(20), nullable=False, server_default="it's: 100%"),
        Column("b", Boolean, nullable=False, server_default=false()),
        Column("c", Numeric(8, 2), nullable=False, server_default="0.5"),
        Column("Check", DateTime, nullable=False, server_default=func.now()),
        Column("e", Integer, nullable=False, server_default=text("(1 + 1)")),
    )


rows = ["INSERT INTO t (id) VALUES (1), (2)"]
