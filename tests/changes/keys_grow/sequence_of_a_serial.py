# postgresql
"""SERIAL and SMALLSERIAL keys grow, and their sequences with them: else they end at the old limit."""

from sqlalchemy import *


def tables(metadata, types):
    for name, type_ in zip(("small", "Int Eger", "twice"), types, strict=True):
        Table(name, metadata, Column("id", type_, primary_key=True), Column("n", Integer))
    Table("t", metadata, Column("Id", types[1], primary_key=True), schema="Other")


def before(metadata):
    tables(metadata, (SmallInteger, Integer, SmallInteger))


def after(metadata):
    tables(metadata, (Integer, BigInteger, BigInteger))


rows = [
    "INSERT INTO small (n) VALUES (1)",
    'INSERT INTO "Int Eger" (n) VALUES (1), (2)',
    "INSERT INTO twice (n) VALUES (1)",
    'INSERT INTO "Other".t DEFAULT VALUES',
]
after_takes = [
    "SELECT setval(pg_get_serial_sequence('small', 'id'), 40000)",
    """SELECT setval(pg_get_serial_sequence('"Int Eger"', 'id'), 3000000000)""",
    """SELECT setval(pg_get_serial_sequence('"Other".t', 'Id'), 3000000000)""",
]
