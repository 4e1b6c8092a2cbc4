# mysql
"""MariaDB fills required columns in without a word: that is said when the revision is written."""

from sqlalchemy import *


def t(metadata, *more):
    Table("Order's", metadata, Column("id", Integer, primary_key=True), *more)


def before(metadata):
    t(metadata)


def after(metadata):
    columns = Column("unit price", Integer, nullable=False), Column("Name", Text, nullable=False)
    t(metadata, *columns)


rows = ["INSERT INTO `Order's` (id) VALUES (1)"]
warns = r"(?is)unit price[^.]*; or add it nullable.*Name[^.]*; or add it nullable"
