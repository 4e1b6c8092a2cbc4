# mysql
"""A required date comes to a table that has rows: that is said, and refused."""

from sqlalchemy import *


def t(metadata, *more):
    Table("Order's", metadata, Column("id", Integer, primary_key=True), *more)


def before(metadata):
    t(metadata)


def after(metadata):
    t(metadata, Column("Day", Date, nullable=False))


rows = ["INSERT INTO `Order's` (id) VALUES (1)"]
warns = r"(?i)Day is required.*Order's has rows"
fails = r"(?i)revision \w+ failed.*0000-00-00"
