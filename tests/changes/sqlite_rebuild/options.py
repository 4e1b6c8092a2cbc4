# sqlite
"""Tables are made anew: WITHOUT ROWID, STRICT, and both."""

from sqlalchemy import *


def t(metadata, **nullable):
    for name, options in {
        "no_rowid": {"sqlite_with_rowid": False},
        "typed": {"sqlite_strict": True},
        "Both": {"sqlite_with_rowid": False, "sqlite_strict": True},
    }.items():
        columns = Column("a", Integer, **nullable), Column("b", Text)
        Table(name, metadata, Column("id", Integer, primary_key=True), *columns, **options)


def before(metadata):
    t(metadata)


def after(metadata):
    t(metadata, nullable=False)


rows = [f"INSERT INTO {name} (id, a) VALUES (1, 2)" for name in ("no_rowid", "typed", "both")]
before_refuses = [f"INSERT INTO {name} (id, a) VALUES (2, 'x')" for name in ("typed", "both")]
after_refuses = before_refuses
