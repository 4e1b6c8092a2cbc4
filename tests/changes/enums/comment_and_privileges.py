# postgresql
"""A label goes: who may use the type, and what is said of it, stays."""

from sqlalchemy import *


def t(metadata, *labels):
    column = Column("E", Enum(*labels, name="E e"), comment="column")
    Table("t", metadata, Column("id", Integer, primary_key=True), column)


def before(metadata):
    t(metadata, "a", "b", "c")


def after(metadata):
    t(metadata, "a", "c")


rows = ["INSERT INTO t VALUES (1, 'a')"]
by_hand = [
    'REVOKE USAGE ON TYPE "E e" FROM PUBLIC',
    "COMMENT ON TYPE \"E e\" IS 'it''s an enum'",
]
