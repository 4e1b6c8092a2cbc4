# sqlite postgresql
"""A column becomes required and a row has no value: refused, with nothing done."""

from sqlalchemy import *


def t(metadata, nullable, *more):
    columns = Column("a", Integer, nullable=nullable), *more
    Table("The Table", metadata, Column("id", Integer, primary_key=True), *columns)


def before(metadata):
    t(metadata, True)


def after(metadata):
    t(metadata, False, Column("b", Integer))


rows = ['INSERT INTO "The Table" (id) VALUES (1)']
fails = r"(?i)revision \w+.*null"
