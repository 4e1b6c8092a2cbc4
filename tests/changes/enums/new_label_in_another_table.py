# postgresql
"""A new label, and a new table and a new column that have it as default and in a CHECK."""

from sqlalchemy import *


def t(metadata, enum, *more):
    Table("t", metadata, Column("id", Integer, primary_key=True), Column("a", enum), *more)


def before(metadata):
    t(metadata, Enum("x", "y", name="e"))


def after(metadata):
    enum = Enum("w", "x", "y", name="e")
    b = Column("b", enum, nullable=False, server_default="w")
    t(metadata, enum, b, CheckConstraint("b <> a"))
    column = Column("Of", ARRAY(enum), server_default="{w,x}")
    check = CheckConstraint("\"Of\"[1] = 'w'")
    Table("New", metadata, Column("id", Integer, primary_key=True), column, check)


rows = ["INSERT INTO t VALUES (1, 'x')"]
after_refuses = ["INSERT INTO t (id, a) VALUES (2, 'w')", """INSERT INTO "New" VALUES (1, '{x}')"""]
