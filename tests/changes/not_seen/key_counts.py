# sqlite postgresql mysql
"""A key that counts is none any more, and others come, with a new column and without."""

from sqlalchemy import *


def tables(metadata, number, code, *more):
    columns = Column("id", Integer, primary_key=number), Column("Code", String(9), primary_key=code)
    Table("no longer", metadata, *columns)
    columns = Column("id", Integer, primary_key=code), Column("Code", String(9), primary_key=number)
    Table("Now", metadata, *columns)
    columns = Column("a", Integer), Column("b", Integer)
    Table("new", metadata, *more, *columns, *([] if code else [PrimaryKeyConstraint("a", "b")]))


def before(metadata):
    tables(metadata, True, False)


def after(metadata):
    tables(metadata, False, True, Column("id", Integer, primary_key=True))


quote = "`" if "{driver}"[0] == "m" else '"'
rows = [
    f"INSERT INTO {quote}no longer{quote} ({quote}Code{quote}) VALUES ('a'), ('b')",
    f"INSERT INTO {quote}Now{quote} VALUES (1, 'a'), (2, 'b')",
]
rows += ["INSERT INTO new (a, b) VALUES (7, 7), (8, 8)"]
before_takes = [f"INSERT INTO {quote}no longer{quote} ({quote}Code{quote}) VALUES ('c')"]
after_takes = [
    f"INSERT INTO {quote}Now{quote} ({quote}Code{quote}) VALUES ('a')",
    "INSERT INTO new (a) VALUES (7)",
]
