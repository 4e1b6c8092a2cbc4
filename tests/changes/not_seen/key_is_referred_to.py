# sqlite postgresql mysql
"""The primary key and a unique constraint change places under the foreign keys that need both."""

from sqlalchemy import *


def tables(metadata, key, other):
    Table(
        "The Parent",
        metadata,
        Column("Id", Integer, nullable=False, autoincrement=False),
        Column("code", String(9), nullable=False),
        PrimaryKeyConstraint(key),
        UniqueConstraint(other, name=f"uq {other}"),
    )
    Table(
        "child",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("parent", ForeignKey("The Parent.Id", ondelete="CASCADE")),
        Column("code", ForeignKey("The Parent.code", onupdate="CASCADE"), index=True),
    )
    # Its foreign key needs the index of its primary key.
    columns = Column("Parent", ForeignKey("The Parent.Id")), Column("Order", Integer)
    Table("pair", metadata, *columns, PrimaryKeyConstraint(*PAIR[key]))


PAIR = {"Id": ["Parent", "Order"], "code": ["Order", "Parent"]}


def before(metadata):
    tables(metadata, "Id", "code")


def after(metadata):
    tables(metadata, "code", "Id")


parent = "`The Parent`" if "{driver}"[0] == "m" else '"The Parent"'
rows = [
    f"INSERT INTO {parent} VALUES (1, 'a'), (2, 'b')",
    "INSERT INTO child VALUES (1, 1, 'a'), (2, 2, NULL)",
    "INSERT INTO pair VALUES (1, 1), (1, 2)",
]
before_refuses = [
    f"INSERT INTO {parent} VALUES (1, 'c')",
    f"INSERT INTO {parent} VALUES (3, 'a')",
    "INSERT INTO child VALUES (3, 3, 'a')",
    "INSERT INTO child VALUES (3, 1, 'c')",
    "INSERT INTO pair VALUES (3, 1)",
]
after_refuses = before_refuses
