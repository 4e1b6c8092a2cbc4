# postgresql mysql
"""Keys grow while one table that refers to them comes, and another goes."""

from sqlalchemy import *


def tables(metadata, key, name):
    Table(
        "Zone", metadata, Column("id", key, primary_key=True), Column("of", ForeignKey("Zone.id"))
    )
    Table(
        "area",
        metadata,
        Column("zone", ForeignKey("Zone.id", ondelete="CASCADE"), primary_key=True),
        Column("Number", key, primary_key=True),
    )
    Table(
        name,
        metadata,
        Column("id", Integer, primary_key=True),
        Column("zone", ForeignKey("Zone.id", name=f"zone of {name}"), index=True),
        Column("x", key),
        Column("y", key),
        ForeignKeyConstraint(["x", "y"], ["area.zone", "area.Number"], name=f"area of {name}"),
    )


def before(metadata):
    tables(metadata, Integer, "Old: 1%")


def after(metadata):
    tables(metadata, BigInteger, "A new one")


quote = "`" if "{driver}"[0] == "m" else '"'
rows = [
    f"INSERT INTO {quote}Zone{quote} VALUES (1, NULL), (2, 1)",
    "INSERT INTO area VALUES (1, 1)",
]
before_refuses = [f"INSERT INTO {quote}Old: 1%{quote} (zone) VALUES (3)"]
after_takes = [f"INSERT INTO {quote}Zone{quote} VALUES (3000000000, NULL)"]
after_refuses = [
    f"INSERT INTO {quote}A new one{quote} (zone) VALUES (3)",
    f"INSERT INTO {quote}A new one{quote} (x, y) VALUES (1, 2)",
]
