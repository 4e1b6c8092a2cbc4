# sqlite postgresql mysql
"""What a foreign key leads to is a unique constraint first, and a unique index of the same then."""

from sqlalchemy import *


def tables(metadata, *items):
    code = Column("Code", String(9), nullable=False)
    Table("parent", metadata, Column("id", Integer, primary_key=True), code, *items)
    column = Column("code", ForeignKey("parent.Code", onupdate="CASCADE"))
    Table("child", metadata, Column("id", Integer, primary_key=True), column)


def before(metadata):
    tables(metadata, UniqueConstraint("Code", name="u"))


def after(metadata):
    tables(metadata, UniqueConstraint("Code", name="u"), Index("by code", "Code", "id"))


code = "`Code`" if "{driver}"[0] == "m" else '"Code"'
rows = [f"INSERT INTO parent (id, {code}) VALUES (1, 'a')", "INSERT INTO child VALUES (1, 'a')"]
after_refuses = ["INSERT INTO child VALUES (2, 'b')"]
