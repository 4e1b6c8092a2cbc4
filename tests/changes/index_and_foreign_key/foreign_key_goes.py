# sqlite postgresql mysql
# with and without a naming convention
"""A foreign key goes with its index, another without, and one goes with its column."""

from sqlalchemy import *


def before(metadata):
    Table("parent", metadata, Column("id", Integer, primary_key=True))
    Table(
        "child",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", ForeignKey("parent.id"), index=True),
        Column("Order", ForeignKey("parent.id"), index=True),
        Column("c", ForeignKey("parent.id"), index=True, nullable=False),
        Column("d", Integer),
    )


def after(metadata):
    Table("parent", metadata, Column("id", Integer, primary_key=True))
    Table(
        "child",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", Integer),
        Column("Order", Integer, index=True),
        Column("d", ForeignKey("parent.id"), index=True),
    )


rows = ["INSERT INTO parent VALUES (1)"]
before_refuses = ["INSERT INTO child (a) VALUES (2)"]
after_takes = ["INSERT INTO child (a) VALUES (2)"]
after_refuses = ["INSERT INTO child (d) VALUES (2)"]
