# sqlite
# with and without a naming convention
"""Parent and child are made anew: rows stay, and so do ON DELETE, DEFERRABLE and a table's own."""

from sqlalchemy import *


def tables(metadata, type_):
    Table(
        "parent",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("boss_id", ForeignKey("parent.id", ondelete="SET NULL")),
        Column("note", type_),
    )
    Table(
        "Child",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("parent_id", ForeignKey("parent.id", ondelete="CASCADE", onupdate="CASCADE")),
        Column("other", ForeignKey("parent.id", deferrable=True, initially="DEFERRED")),
        Column("note", type_),
    )
    Table(
        "unchanged",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("parent_id", ForeignKey("parent.id", ondelete="CASCADE"), nullable=False),
    )


def before(metadata):
    tables(metadata, String(9))


def after(metadata):
    tables(metadata, String(99))


rows = [
    "INSERT INTO parent VALUES (1, NULL, 'a'), (2, 1, 'b'), (3, 2, NULL)",
    "INSERT INTO child VALUES (1, 1, 2, 'a'), (2, 2, 3, 'b')",
    "INSERT INTO unchanged VALUES (1, 1), (2, 3)",
]
before_refuses = ["INSERT INTO unchanged VALUES (3, 4)", "INSERT INTO child (parent_id) VALUES (9)"]
after_refuses = before_refuses
