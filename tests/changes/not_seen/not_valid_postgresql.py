# postgresql
"""Constraints that no row was looked at for are there: that they hold is another statement."""

from sqlalchemy import *

not_seen = "`postgresql_not_valid`"


def tables(metadata, **arguments):
    Table("parent", metadata, Column("id", Integer, primary_key=True))
    columns = Column("id", Integer, primary_key=True), Column("Parent", Integer)
    key = ForeignKeyConstraint(["Parent"], ["parent.id"], name="to it's parent", **arguments)
    Table("child", metadata, *columns, key, CheckConstraint("id > 0", name="few", **arguments))


def before(metadata):
    tables(metadata, postgresql_not_valid=True)


def after(metadata):
    tables(metadata)


rows = ["INSERT INTO parent VALUES (1)", "INSERT INTO child VALUES (1, 1)"]
