# mysql
"""MariaDB fills a required column in without a word: that is said when the revision is written."""

from sqlalchemy import *


def t(metadata, *more):
    Table("Order's", metadata, Column("id", Integer, primary_key=True), *more)


def before(metadata):
    t(metadata)


def after(metadata):
    t(metadata, Column("unit price", Integer, nullable=False), Column("Day", Date, nullable=False))


rows = ["INSERT INTO `Order's` (id) VALUES (1)"]
warns = r"(?is)unit price.*Day"
