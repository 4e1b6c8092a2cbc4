# postgresql
"""Each argument of a unique constraint and of EXCLUDE, in a table of its own."""

from sqlalchemy import *
from sqlalchemy.dialects import postgresql

ARGUMENTS = {
    "deferrable": ({}, {"deferrable": True, "initially": "DEFERRED"}),
    "deferrable gone": ({"deferrable": True}, {}),
    "initially": ({"deferrable": True}, {"deferrable": True, "initially": "DEFERRED"}),
    "nulls": ({}, {"postgresql_nulls_not_distinct": True}),
    "nulls gone": ({"postgresql_nulls_not_distinct": True}, {}),
    "include": ({}, {"postgresql_include": ["b"]}),
    "include more": ({"postgresql_include": ["b"]}, {"postgresql_include": ["b", "id"]}),
}


def tables(metadata, form):
    for name, forms in ARGUMENTS.items():
        columns = Column("a", Integer), Column("b", Integer)
        unique = UniqueConstraint("a", name=f"uq {name}", **forms[form])
        Table(name, metadata, Column("id", Integer, primary_key=True), *columns, unique)


def before(metadata):
    tables(metadata, 0)


def after(metadata):
    tables(metadata, 1)


rows = [f"""INSERT INTO "{name}" VALUES (1, 1, 1), (2, 2, NULL)""" for name in ARGUMENTS]
after_refuses = ["INSERT INTO nulls VALUES (3, NULL, 1), (4, NULL, 1)"]
