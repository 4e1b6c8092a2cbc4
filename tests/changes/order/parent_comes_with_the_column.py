# sqlite postgresql mysql
"""Tables come whose names sort after those that refer to them, one to itself."""

from sqlalchemy import *


def a(metadata, *more):
    Table("A b", metadata, Column("id", Integer, primary_key=True), Column("n", Integer), *more)


def before(metadata):
    a(metadata)


def after(metadata):
    a(metadata, Column("z_id", ForeignKey("z.id")), Column("Y", ForeignKey("y.id"), unique=True))
    Table("z", metadata, Column("id", Integer, primary_key=True), Column("z", ForeignKey("z.id")))
    columns = Column("z", ForeignKey("z.id"), nullable=False), Column("a", ForeignKey("A b.id"))
    Table("y", metadata, Column("id", Integer, primary_key=True), *columns)


quote = "`" if "{driver}"[0] == "m" else '"'
rows = [f"INSERT INTO {quote}A b{quote} VALUES (1, 2)"]
after_refuses = [f"INSERT INTO {quote}A b{quote} (z_id) VALUES (1)"]
