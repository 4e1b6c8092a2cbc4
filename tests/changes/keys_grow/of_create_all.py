# postgresql mysql
"""Integer keys become BigInteger in a database that was there before Alembic."""

from sqlalchemy import *

made_by_create_all = True


def tables(metadata, key):
    Table("a", metadata, Column("id", key, primary_key=True), Column("self", ForeignKey("a.id")))
    column = Column("a_id", ForeignKey("a.id"), nullable=False, unique=True)
    Table("b", metadata, Column("id", key, primary_key=True), column)


def before(metadata):
    tables(metadata, Integer)


def after(metadata):
    tables(metadata, BigInteger)


rows = ["INSERT INTO a (self) VALUES (NULL), (1)", "INSERT INTO b (a_id) VALUES (1), (2)"]
after_takes = ["INSERT INTO a (id) VALUES (3000000000)"]
after_refuses = ["INSERT INTO b (a_id) VALUES (3)"]
