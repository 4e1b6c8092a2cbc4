# sqlite postgresql mysql
"""A primary key has one column more, and another's key has one less."""

from sqlalchemy import *


def tables(metadata, more, less):
    columns = (
        Column("a", Integer, primary_key=True, autoincrement=False),
        Column("b", Integer, primary_key=more),
    )
    Table("more", metadata, *columns, Column("note", String(9)))
    columns = (
        Column("A", Integer, primary_key=True, autoincrement=False),
        Column("Order", Integer, primary_key=less),
    )
    Table("Less", metadata, *columns)


def before(metadata):
    tables(metadata, False, True)


def after(metadata):
    tables(metadata, True, False)


quote = "`" if "{driver}"[0] == "m" else '"'
less = f"{quote}Less{quote} ({quote}A{quote}, {quote}Order{quote})"
rows = ["INSERT INTO more VALUES (1, 1, 'a'), (2, 1, 'b')", f"INSERT INTO {less} VALUES (1, 1)"]
before_takes = [f"INSERT INTO {less} VALUES (1, 2)"]
before_refuses = ["INSERT INTO more VALUES (1, 2, 'c')"]
after_takes = ["INSERT INTO more VALUES (1, 2, 'c')"]
after_refuses = [f"INSERT INTO {less} VALUES (1, 2)"]
