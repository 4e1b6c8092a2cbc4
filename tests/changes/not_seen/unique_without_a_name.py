# sqlite postgresql mysql
# with and without a naming convention
"""unique=True goes from one column and comes to another; so do constraints of two columns."""

from sqlalchemy import *


def t(metadata, a, b, columns):
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", Integer, unique=a),
        Column("Order", Integer, unique=b),
        Column("c", Integer),
        UniqueConstraint(*columns),
    )


def before(metadata):
    t(metadata, True, False, ["a", "c"])


def after(metadata):
    t(metadata, False, True, ["c", "Order"])


rows = ["INSERT INTO t VALUES (1, 1, 1, 1), (2, 2, 2, 1)"]
before_refuses = ["INSERT INTO t VALUES (3, 1, 3, 3)"]
after_takes = ["INSERT INTO t VALUES (3, 1, 3, 1)"]
after_refuses = ["INSERT INTO t VALUES (3, 3, 1, 3)"]
