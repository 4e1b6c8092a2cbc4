# sqlite postgresql mysql
# with and without a naming convention
"""Foreign keys share columns and indexes; all of these come, go, and change their order."""

from sqlalchemy import *


def tables(metadata, one, two, *items):
    Table("Node", metadata, Column("id", Integer, primary_key=True), Column("n", Integer))
    Table("pair", metadata, *(Column(c, Integer, primary_key=True) for c in ("a", "B")))
    Table(
        "edge",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", ForeignKey("Node.id"), **one),
        Column("B", ForeignKey("Node.id", ondelete="CASCADE"), **two),
        Column("Self", ForeignKey("edge.id", name="to itself")),
        Column("n", Integer),
        *items,
    )


def before(metadata):
    key = ForeignKeyConstraint(["a", "B"], ["pair.a", "pair.B"], name="the pair")
    tables(metadata, {}, {"unique": True}, key, Index("turned", "Self", "n"))


def after(metadata):
    items = UniqueConstraint("a", "n", name="a and n"), Index("turned", "n", "Self")
    tables(metadata, {}, {"index": True}, *items)


node, edge = ("`Node`", "`Self`") if "{driver}"[0] == "m" else ('"Node"', '"Self"')
rows = [
    f"INSERT INTO {node} VALUES (1, 1), (2, 2)",
    "INSERT INTO pair VALUES (1, 1), (2, 2)",
    "INSERT INTO edge VALUES (1, 1, 1, NULL, 1), (2, 2, 2, 1, 2)",
]
before_refuses = [
    "INSERT INTO edge VALUES (3, 1, NULL, 7, 3)",
    "INSERT INTO edge VALUES (3, 2, 1, 1, 3)",
]
after_refuses = [
    "INSERT INTO edge VALUES (3, 1, 1, 7, 3)",
    "INSERT INTO edge VALUES (3, 7, 1, 1, 3)",
]
after_refuses += ["INSERT INTO edge VALUES (3, 1, 2, 1, 1)"]
after_takes = ["INSERT INTO edge VALUES (3, 1, 2, 1, 3)"]
