# postgresql
"""Comments of constraints and indexes, which SQLAlchemy gives to PostgreSQL."""

from sqlalchemy import *

not_seen = "comments of constraints and indexes"


def before(metadata):
    columns = Column("a", Integer), Column("b", Integer)
    items = UniqueConstraint("a", name="u"), CheckConstraint("b > 0", name="c")
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, *items)


def after(metadata):
    columns = Column("a", Integer), Column("b", Integer)
    items = [
        UniqueConstraint("a", name="u", comment="it's"),
        CheckConstraint("b > 0", name="c", comment="100%"),
    ]
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, *items)


rows = ["INSERT INTO t VALUES (1, 1, 1)"]
