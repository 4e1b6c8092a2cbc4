# mariadb
"""Each argument of a sequence that a column takes its default from."""

from sqlalchemy import *

not_seen = "options of a `Sequence`"

ARGUMENTS = {
    "increment": ({}, {"increment": 10}),
    "Cycle": ({}, {"cycle": True}),
    "max": ({}, {"maxvalue": 1000}),
}


def tables(metadata, form):
    for name, forms in ARGUMENTS.items():
        sequence = Sequence(f"seq_{name}", metadata=metadata, **forms[form])
        id_ = Column("id", Integer, sequence, primary_key=True)
        Table(name, metadata, id_, Column("n", Integer))


def before(metadata):
    tables(metadata, 0)


def after(metadata):
    tables(metadata, 1)


rows = [f"INSERT INTO `{name}` (id, n) VALUES (1, 1)" for name in ARGUMENTS]
