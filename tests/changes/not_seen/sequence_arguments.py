# postgresql
"""Each argument of a sequence that a column takes its default from."""

from sqlalchemy import *

ARGUMENTS = {
    "increment": ({}, {"increment": 10}),
    "min": ({}, {"minvalue": -5, "start": 1}),
    "max": ({}, {"maxvalue": 1000}),
    "Cycle": ({}, {"cycle": True}),
    "cache": ({}, {"cache": 20}),
    "type": ({"data_type": Integer}, {"data_type": BigInteger}),
}


def tables(metadata, form):
    for name, forms in ARGUMENTS.items():
        sequence = Sequence(f"seq {name}", metadata=metadata, **forms[form])
        default = sequence.next_value()
        id_ = Column("id", Integer, sequence, server_default=default, primary_key=True)
        Table(name, metadata, id_, Column("n", Integer))


def before(metadata):
    tables(metadata, 0)


def after(metadata):
    tables(metadata, 1)


rows = [f'INSERT INTO "{name}" (n) VALUES (1), (2), (3)' for name in ARGUMENTS]
after_takes = [f'INSERT INTO "{name}" (n) VALUES (4)' for name in ARGUMENTS]
before_takes = after_takes
