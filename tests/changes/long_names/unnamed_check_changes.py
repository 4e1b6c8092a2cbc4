# sqlite postgresql mysql
"""CHECKs without names in a table whose name is as long as can be."""

from sqlalchemy import *

table = "t" * 58  # MySQL itself calls them {table}_chk_1, and cuts nothing


def t(metadata, low, *more):
    columns = Column("a" * 60, Integer), Column("b" * 60, Integer)
    check = CheckConstraint(f"{'a' * 60} > {low}")
    Table(table, metadata, Column("id", Integer, primary_key=True), *columns, check, *more)


def before(metadata):
    t(metadata, 9, CheckConstraint(column("b" * 60) > 0))


def after(metadata):
    t(metadata, 0, CheckConstraint(column("b" * 60) > 0), CheckConstraint(column("b" * 60) < 9))


rows = [f"INSERT INTO {table} VALUES (1, 10, 1)"]
before_refuses = [f"INSERT INTO {table} VALUES (2, 5, 1)", f"INSERT INTO {table} VALUES (2, 10, 0)"]
after_takes = [f"INSERT INTO {table} VALUES (2, 5, 1)"]
after_refuses = [
    f"INSERT INTO {table} VALUES (2, 0, 1)",
    f"INSERT INTO {table} VALUES (2, 5, 0)",
    f"INSERT INTO {table} VALUES (2, 5, 9)",
]
