# postgresql
"""Columns compare another way."""

from sqlalchemy import *


def tables(metadata, one, two):
    for name, collation in (("one", one), ("Two", two)):
        column = Column("a b", String(9, collation=collation))
        Table(name, metadata, Column("id", Integer, primary_key=True), column)


def before(metadata):
    tables(metadata, None, "C")


def after(metadata):
    tables(metadata, "C", None)


rows = ["INSERT INTO one VALUES (1, 'a')"]
