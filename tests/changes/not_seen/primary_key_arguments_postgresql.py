# postgresql
"""A primary key is looked at later, and its index includes another column."""

from sqlalchemy import *

not_seen = "`deferrable`, `initially` and `postgresql_include` of a primary key"


def tables(metadata, later, include):
    for name, arguments in (("later", later), ("Include", include)):
        key = PrimaryKeyConstraint("id", **arguments)
        Table(name, metadata, Column("id", Integer), Column("n", Integer), key)


def before(metadata):
    tables(metadata, {}, {})


def after(metadata):
    later = {"deferrable": True, "initially": "DEFERRED"}
    tables(metadata, later, {"postgresql_include": ["n"]})


rows = ["INSERT INTO later VALUES (1, 1)"]
