# postgresql mysql
"""A key of two columns grows that another table refers to as a pair."""

from sqlalchemy import *


def tables(metadata, x, y):
    columns = Column("x", x, primary_key=True), Column("Y", y, primary_key=True)
    Table("One", metadata, *columns)
    key = ForeignKeyConstraint(["x", "Y"], ["One.x", "One.Y"], ondelete="CASCADE", name="to One")
    columns = Column("x", x), Column("Y", y)
    Table("two", metadata, Column("id", Integer, primary_key=True), *columns, key)


def before(metadata):
    tables(metadata, Integer, String(10))


def after(metadata):
    tables(metadata, BigInteger, String(20))


quote = "`" if "{driver}"[0] == "m" else '"'
rows = [f"INSERT INTO {quote}One{quote} VALUES (1, 'a')", "INSERT INTO two VALUES (1, 1, 'a')"]
after_refuses = ["INSERT INTO two VALUES (2, 1, 'b')"]
