# sqlite postgresql mysql
# with a naming convention
"""Of three tables that refer to each other, one goes with what led to it."""

from sqlalchemy import *


def tables(metadata, names):
    for name, to in zip(names, names[1:] + names[:1], strict=True):
        column = Column("next", ForeignKey(f"{to}.id"))
        Table(name, metadata, Column("id", Integer, primary_key=True), column)


def before(metadata):
    tables(metadata, ["a", "b", "c"])


def after(metadata):
    tables(metadata, ["a", "c"])


rows = [
    "INSERT INTO a (id) VALUES (1)",
    "INSERT INTO c VALUES (1, 1)",
    "INSERT INTO b VALUES (1, 1)",
]
lost = ["a.next"]
before_refuses = ["INSERT INTO b VALUES (2, 2)"]
after_refuses = ["INSERT INTO c VALUES (2, 2)"]
