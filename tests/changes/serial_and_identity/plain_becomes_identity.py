# postgresql
"""A key without a default becomes an identity, and an identity becomes a key without one."""

from sqlalchemy import *


def tables(metadata, one, two):
    for name, identity in (("one", one), ("Two", two)):
        id_ = Column("id", Integer, *identity, primary_key=True, autoincrement=bool(identity))
        Table(name, metadata, id_, Column("n", Integer))


def before(metadata):
    tables(metadata, [], [Identity()])


def after(metadata):
    tables(metadata, [Identity()], [])


rows = ["INSERT INTO one VALUES (5, 1), (6, 2)", 'INSERT INTO "Two" (n) VALUES (1), (2)']
before_refuses = ["INSERT INTO one (n) VALUES (1)"]
after_takes = ["INSERT INTO one (n) VALUES (1)"]
after_refuses = ['INSERT INTO "Two" (n) VALUES (1)']
