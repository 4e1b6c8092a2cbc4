# sqlite postgresql mysql
# with and without a naming convention
"""A foreign key goes and its column stays; another comes to a column that was there."""

from sqlalchemy import *


def tables(metadata, one, two):
    Table("Parent", metadata, Column("Id", Integer, primary_key=True))
    columns = Column("one", Integer, *one), Column("Two", Integer, *two)
    Table("child", metadata, Column("id", Integer, primary_key=True), *columns)


def before(metadata):
    tables(metadata, [ForeignKey("Parent.Id")], [])


def after(metadata):
    tables(metadata, [], [ForeignKey("Parent.Id")])


parent = "`Parent`" if "{driver}"[0] == "m" else '"Parent"'
rows = [f"INSERT INTO {parent} VALUES (1)", "INSERT INTO child VALUES (1, 1, 1)"]
before_refuses = ["INSERT INTO child VALUES (2, 2, 1)"]
after_takes = ["INSERT INTO child VALUES (2, 2, 1)"]
after_refuses = ["INSERT INTO child VALUES (2, 1, 2)"]
