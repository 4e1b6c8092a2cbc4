# postgresql
"""A SERIAL key grows in a table whose name leaves no room for that of its sequence."""

from sqlalchemy import *

table = 'Archive of the "Monthly Statements" of All Customers, 1999: 100%'[:62]


def t(metadata, type_):
    columns = Column("Number of the statement", type_, primary_key=True), Column("n", Integer)
    Table(table, metadata, *columns)


def before(metadata):
    t(metadata, Integer)


def after(metadata):
    t(metadata, BigInteger)


quoted = table.replace('"', '""')
rows = [f'INSERT INTO "{quoted}" (n) VALUES (1), (2)']
