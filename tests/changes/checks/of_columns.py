# sqlite postgresql mysql
"""CHECKs stand at columns, with and without a name, and one comes between them."""

from sqlalchemy import *

c = None if "{driver}"[0] == "m" else "positive c"  # MariaDB takes no name at a column


def before(metadata):
    Table(
        "t",
        metadata,
        Column("id", String(9), CheckConstraint("id <> 'x'"), primary_key=True),
        Column("a", Integer, CheckConstraint("a > 0")),
        Column("c", Integer, CheckConstraint("c > 0", name=c)),
    )


def after(metadata):
    Table(
        "t",
        metadata,
        Column("id", String(9), CheckConstraint("id <> 'x'"), primary_key=True),
        Column("a", Integer, CheckConstraint("a > 0")),
        Column("b", Integer, CheckConstraint("b > 0")),
        Column("c", Integer, CheckConstraint("c > 0", name=c)),
        CheckConstraint("a <> b"),
    )


rows = ["INSERT INTO t (id, a, c) VALUES ('1', 1, 1)"]
before_refuses = [
    "INSERT INTO t (id) VALUES ('x')",
    "INSERT INTO t (id, a) VALUES ('2', 0)",
    "INSERT INTO t (id, c) VALUES ('2', 0)",
]
after_refuses = [
    *before_refuses,
    "INSERT INTO t (id, b) VALUES ('2', 0)",
    "INSERT INTO t (id, a, b) VALUES ('2', 3, 3)",
]
