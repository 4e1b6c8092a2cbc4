# sqlite
"""Tables become STRICT, WITHOUT ROWID and AUTOINCREMENT, or are it no longer."""

from sqlalchemy import *

OPTIONS = {
    "strict": ({}, {"sqlite_strict": True}),
    "Not Strict": ({"sqlite_strict": True}, {}),
    "no_rowid": ({}, {"sqlite_with_rowid": False}),
    "rowid": ({"sqlite_with_rowid": False}, {}),
    "autoincrement": ({}, {"sqlite_autoincrement": True}),
    "no_autoincrement": ({"sqlite_autoincrement": True}, {}),
}


def tables(metadata, form):
    for name, forms in OPTIONS.items():
        column = Column("a", Integer)
        Table(name, metadata, Column("id", Integer, primary_key=True), column, **forms[form])


def before(metadata):
    tables(metadata, 0)


def after(metadata):
    tables(metadata, 1)


rows = [f'INSERT INTO "{name}" VALUES (1, 2)' for name in OPTIONS]
after_refuses = ["INSERT INTO strict VALUES (2, 'x')"]
