# sqlite postgresql
"""A required column without a default comes to a table that has rows: that is said, and refused."""

from sqlalchemy import *


def t(metadata, *more):
    Table("Order: 1%", metadata, Column("id", Integer, primary_key=True), *more)
    Table("empty", metadata, Column("id", Integer, primary_key=True), *more[:0])


def before(metadata):
    t(metadata)


def after(metadata):
    t(metadata, Column("unit price", Integer, nullable=False))


rows = ['INSERT INTO "Order: 1%" (id) VALUES (1)']
warns = r"(?i)Order: 1%.*unit price|unit price.*Order: 1%"
fails = r"(?i)revision \w+.*null"
