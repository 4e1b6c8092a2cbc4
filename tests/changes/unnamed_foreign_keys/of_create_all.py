# sqlite postgresql mysql
"""Columns with foreign keys go and come in a database that was there before Alembic."""

from sqlalchemy import *

made_by_create_all = True


def tables(metadata, name, *more):
    Table("To Me", metadata, Column("id", Integer, primary_key=True))
    columns = Column(name, ForeignKey("To Me.id")), Column("kept", ForeignKey("To Me.id"))
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, *more)


def before(metadata):
    tables(metadata, "one")


def after(metadata):
    tables(metadata, "Two", UniqueConstraint("kept"))


quote = "`" if "{driver}"[0] == "m" else '"'
rows = [f"INSERT INTO {quote}To Me{quote} VALUES (1)", "INSERT INTO t VALUES (1, 1, 1)"]
before_refuses = ["INSERT INTO t (one) VALUES (2)", "INSERT INTO t (kept) VALUES (2)"]
after_refuses = [f"INSERT INTO t ({quote}Two{quote}) VALUES (2)", "INSERT INTO t (kept) VALUES (1)"]
