# sqlite postgresql mysql
"""A CHECK moves from the table to its column, others are written another way: nothing changes."""

from sqlalchemy import *

silent = True


def before(metadata):
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", Integer),
        Column("b", Integer),
        CheckConstraint("a > 0"),
        CheckConstraint("b > 0"),
        CheckConstraint("a<b"),
    )


def after(metadata):
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", Integer, CheckConstraint("a > 0")),
        Column("b", Integer),
        CheckConstraint("a<b"),
        CheckConstraint(column("b") > 0),
    )
