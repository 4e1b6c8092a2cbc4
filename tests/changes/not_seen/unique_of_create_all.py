# sqlite postgresql mysql
"""unique=True goes in a database that was there before Alembic."""

from sqlalchemy import *

made_by_create_all = True


def t(metadata, unique):
    columns = Column("a", Integer, unique=unique), Column("Group", Integer, unique=True)
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns)


def before(metadata):
    t(metadata, True)


def after(metadata):
    t(metadata, None)


rows = ["INSERT INTO t VALUES (1, 1, 1), (2, 2, 2)"]
before_refuses = ["INSERT INTO t VALUES (3, 1, 3)"]
after_takes = ["INSERT INTO t VALUES (3, 1, 3)"]
after_refuses = ["INSERT INTO t VALUES (3, 3, 1)"]
