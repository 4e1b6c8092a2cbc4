# postgresql
"""Columns of domains come to a table and with a new one: with CHECK, NOT NULL, default, collation."""

from sqlalchemy import *
from sqlalchemy.dialects.postgresql import DOMAIN

year = DOMAIN("year", Integer, check="VALUE > 1900", constraint_name="year is late")
email = DOMAIN("E mail's", Text(collation="C"), check=r"VALUE LIKE '%_@_%\:100%'", not_null=True)
plain = DOMAIN("plain", Numeric(10, 2), default="0.5", schema="Types")


def t(metadata, *more):
    Table("t", metadata, Column("id", Integer, primary_key=True), Column("n", Integer), *more)


def before(metadata):
    t(metadata)


def after(metadata):
    t(metadata, Column("Year", year), Column("p", plain))
    columns = Column("year", year), Column("mail", email), Column("p", plain)
    Table("new", metadata, Column("id", Integer, primary_key=True), *columns)


rows = ["INSERT INTO t VALUES (1, 1)"]
after_takes = ["INSERT INTO new VALUES (1, 2000, 'a@b:100%', 1)"]
after_refuses = [
    'INSERT INTO t (id, "Year") VALUES (2, 1900)',
    "INSERT INTO new VALUES (1, 2000, 'a', 1)",
    "INSERT INTO new (id, year) VALUES (1, 2000)",
]
