# postgresql
"""An identity becomes SERIAL, one that is always too, and one with a start of its own."""

from sqlalchemy import *

OPTIONS = {"plain": {}, "Always": {"always": True}, "start": {"start": 100, "increment": 5}}


def before(metadata):
    for name, options in OPTIONS.items():
        id_ = Column("id", Integer, Identity(**options), primary_key=True)
        Table(name, metadata, id_, Column("n", Integer))


def after(metadata):
    for name in OPTIONS:
        Table(name, metadata, Column("id", Integer, primary_key=True), Column("n", Integer))


rows = [f'INSERT INTO "{name}" (n) VALUES (1), (2)' for name in OPTIONS]
after_takes = [f'INSERT INTO "{name}" (n) VALUES (4)' for name in OPTIONS]
before_takes = after_takes
