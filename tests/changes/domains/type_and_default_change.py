# postgresql
"""The type of a domain changes, and the default of another: PostgreSQL alters but the second."""

from sqlalchemy import *
from sqlalchemy.dialects.postgresql import DOMAIN


def t(metadata, length, default):
    columns = [
        Column("short", DOMAIN("short", String(length), check="VALUE <> ''")),
        Column("State", DOMAIN("state", Text, default=default)),
        Column("n", Integer),
    ]
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns)


def before(metadata):
    t(metadata, 5, "'new'")


def after(metadata):
    t(metadata, 50, "'it''s'")


rows = ["INSERT INTO t (id, short) VALUES (1, 'a')"]
after_takes = ["INSERT INTO t (id, short) VALUES (2, 'longer than it was')"]
after_refuses = ["INSERT INTO t (id, short) VALUES (2, '')"]
before_refuses = [*after_refuses, *after_takes]
