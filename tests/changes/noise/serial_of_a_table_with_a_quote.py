# postgresql
"""SERIAL keys of tables whose names have quotes, capitals and dots: nothing is wanted."""

from sqlalchemy import *

silent = True


def before(metadata):
    for name in ("it's", 'a "b" c', "A.b", "100%", "select", "x" * 63):
        Table(name, metadata, Column("Id", Integer, primary_key=True))
        Table(name, metadata, Column("it's", Integer, primary_key=True), schema="It's")


after = before
