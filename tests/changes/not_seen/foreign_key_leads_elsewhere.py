# sqlite postgresql mysql
"""A foreign key leads to another table, another to another column of the same."""

from sqlalchemy import *


def tables(metadata, first, second):
    for name in ("a", "B"):
        code = Column("code", Integer, nullable=False)
        unique = UniqueConstraint("code", name=f"uq_{name}_code_")
        Table(name, metadata, Column("id", Integer, primary_key=True), code, unique)
    columns = Column("first", ForeignKey(first)), Column("Second", ForeignKey(second))
    Table("child", metadata, Column("id", Integer, primary_key=True), *columns)


def before(metadata):
    tables(metadata, "a.id", "a.id")


def after(metadata):
    tables(metadata, "B.id", "a.code")


B = "`B`" if "{driver}"[0] == "m" else '"B"'
rows = [
    "INSERT INTO a VALUES (1, 1), (2, 3)",
    f"INSERT INTO {B} VALUES (1, 1)",
    "INSERT INTO child VALUES (1, 1, 1)",
]
before_takes = ["INSERT INTO child VALUES (2, 2, 2)"]
after_refuses = ["INSERT INTO child VALUES (2, 2, NULL)", "INSERT INTO child VALUES (2, NULL, 2)"]
