# postgresql
# with a naming convention
"""The type of an enum has a name as long as can be, and a CHECK that compares with it too."""

from sqlalchemy import *

name = "e" * 63


def t(metadata, *labels):
    enum = Enum(*labels, name=name, create_constraint=True)
    check = CheckConstraint("c <> 'c'", name="c" * 60)
    Table("t" * 63, metadata, Column("id", Integer, primary_key=True), Column("c", enum), check)


def before(metadata):
    t(metadata, "a", "b", "c")


def after(metadata):
    t(metadata, "d", "c", "b")


rows = [f"INSERT INTO {'t' * 63} VALUES (1, 'b')"]
before_refuses = [f"INSERT INTO {'t' * 63} VALUES (2, 'c')"]
after_refuses = [*before_refuses, f"INSERT INTO {'t' * 63} VALUES (2, 'a')"]
