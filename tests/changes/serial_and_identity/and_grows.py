# postgresql
"""SERIAL becomes an identity of BIGINT that is always, and SMALLSERIAL one of INTEGER."""

from sqlalchemy import *


def before(metadata):
    Table("t", metadata, Column("id", Integer, primary_key=True), Column("n", Integer))
    Table("U u", metadata, Column("id", SmallInteger, primary_key=True), Column("n", Integer))


def after(metadata):
    always = Identity(always=True)
    Table("t", metadata, Column("id", BigInteger, always, primary_key=True), Column("n", Integer))
    by_default = Identity(start=1000)
    Table(
        "U u", metadata, Column("id", Integer, by_default, primary_key=True), Column("n", Integer)
    )


rows = ["INSERT INTO t (n) VALUES (1), (2)", 'INSERT INTO "U u" (n) VALUES (1), (2)']
after_takes = ["INSERT INTO t (n) VALUES (3)", 'INSERT INTO "U u" (n) VALUES (3)']
after_refuses = ["INSERT INTO t (id) VALUES (30)"]
before_takes = after_takes
