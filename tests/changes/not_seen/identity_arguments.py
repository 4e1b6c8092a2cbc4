# postgresql
"""Each argument of Identity, in a table of its own."""

from sqlalchemy import *

ARGUMENTS = {
    "always": ({}, {"always": True}),
    "not_always": ({"always": True}, {}),
    "start": ({}, {"start": 100}),
    "increment": ({}, {"increment": 10}),
    "min": ({}, {"minvalue": -5, "start": 1}),
    "max": ({}, {"maxvalue": 1000}),
    "Cycle": ({}, {"cycle": True}),
    "cache": ({}, {"cache": 20}),
    "no_cache": ({"cache": 20}, {}),
}


def tables(metadata, form):
    for name, forms in ARGUMENTS.items():
        id_ = Column("id", Integer, Identity(**forms[form]), primary_key=True)
        Table(name, metadata, id_, Column("n", Integer))


def before(metadata):
    tables(metadata, 0)


def after(metadata):
    tables(metadata, 1)


rows = [f'INSERT INTO "{name}" (n) VALUES (1), (2), (3)' for name in ARGUMENTS]
after_takes = [f'INSERT INTO "{name}" (n) VALUES (4)' for name in ARGUMENTS]
before_takes = after_takes
after_refuses = ["INSERT INTO always (id) VALUES (50)"]
