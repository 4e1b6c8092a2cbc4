# sqlite postgresql mysql
"""A table takes another one's place, and so does what led to it."""

from sqlalchemy import *


def tables(metadata, name):
    Table(name, metadata, Column("Id", Integer, primary_key=True), Column(f"of_{name}", Integer))
    columns = Column("ref", ForeignKey(f"{name}.Id")), Column("n", Integer)
    Table("child", metadata, Column("id", Integer, primary_key=True), *columns)


def before(metadata):
    tables(metadata, "old one")


def after(metadata):
    tables(metadata, "A new one")


rows = ["INSERT INTO child VALUES (1, NULL, 5)"]
before_refuses = ["INSERT INTO child VALUES (2, 1, 1)"]
after_refuses = before_refuses
