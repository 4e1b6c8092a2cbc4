# postgresql
"""Identities grow: always, by default, with options of their own, and a limit that stays."""

from sqlalchemy import *


def tables(metadata, type_):
    for name, options in {
        "plain": {},
        "Always": {"always": True, "start": 100, "increment": 10},
        "limited": {"maxvalue": 1000, "cycle": True},
    }.items():
        id_ = Column("id", type_, Identity(**options), primary_key=True)
        Table(name, metadata, id_, Column("n", Integer))
    Table("child", metadata, Column("p", ForeignKey("Always.id"), primary_key=True))


def before(metadata):
    tables(metadata, Integer)


def after(metadata):
    tables(metadata, BigInteger)


rows = [
    "INSERT INTO plain (n) VALUES (1), (2)",
    'INSERT INTO "Always" (n) VALUES (1), (2)',
    "INSERT INTO child VALUES (100)",
]
after_takes = ["INSERT INTO plain (id) VALUES (3000000000)"]
after_refuses = ['INSERT INTO "Always" (id) VALUES (1)']
