# postgresql
"""Domains go with their last column, last table, or when it gets another type; one is still used."""

from sqlalchemy import *
from sqlalchemy.dialects.postgresql import DOMAIN

of_column, of_table, of_type, shared = (
    DOMAIN(name, Integer, check="VALUE > 0")
    for name in ("of column", "of_table", "OfType", "shared")
)


def before(metadata):
    columns = Column("a", of_column), Column("b", of_type), Column("c", shared)
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, Column("d", Integer))
    Table("u", metadata, Column("id", of_table, primary_key=True), Column("c", shared))


def after(metadata):
    columns = Column("b", Integer), Column("c", shared), Column("d", shared)
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns)


rows = ["INSERT INTO t VALUES (1, 1, 1, 1, 1)", "INSERT INTO u VALUES (1, 1)"]
after_takes = ["INSERT INTO t (id, b) VALUES (2, 0)"]
after_refuses = ["INSERT INTO t (id, c) VALUES (2, 0)", "INSERT INTO t (id, d) VALUES (2, 0)"]
before_refuses = ["INSERT INTO t (id, b) VALUES (2, 0)"]
