# postgresql mysql
"""Comments of tables come, change and go; those of columns with them."""

from sqlalchemy import *


def tables(metadata, new, changed, gone):
    for name, comment in (("New", new), ("changed", changed), ("gone", gone)):
        column = Column("a", Integer, comment=comment)
        Table(name, metadata, Column("id", Integer, primary_key=True), column, comment=comment)


def before(metadata):
    tables(metadata, None, "it's: 100%", "x")


def after(metadata):
    tables(metadata, "now", 'it\'s :100 "%s" \\', None)


rows = ["INSERT INTO changed VALUES (1, 1)"]
