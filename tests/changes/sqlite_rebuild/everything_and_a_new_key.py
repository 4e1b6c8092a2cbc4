# sqlite
# with and without a naming convention
"""A table with some of each gets a unique constraint and a foreign key, and loses a column."""

from sqlalchemy import *


def tables(metadata, *more):
    Table("Group", metadata, Column("id", Integer, primary_key=True))
    t = Table(
        "User's",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("Name", String(20, collation="NOCASE"), nullable=False, server_default="it's"),
        Column("order", Integer, CheckConstraint('"order" >= 0', name="not negative")),
        Column("twice", Integer, Computed('"order" * 2', persisted=True)),
        Column("group_id", Integer),
        *more,
        sqlite_autoincrement=True,
    )
    Index("by name", t.c.Name.desc(), unique=True, sqlite_where=t.c.order > 5)


def before(metadata):
    tables(metadata, Column("gone", Integer))


def after(metadata):
    key = ForeignKeyConstraint(["group_id"], ["Group.id"], name="to group", ondelete="SET NULL")
    tables(metadata, key, UniqueConstraint("order", "group_id"))


rows = [
    'INSERT INTO "Group" VALUES (1)',
    'INSERT INTO "User\'s" (id, "Name", "order", group_id) VALUES (7, \'a\', 6, 1), (9, \'b\', 1, NULL)',
    'DELETE FROM "User\'s" WHERE id = 9',
]
before_refuses = ['INSERT INTO "User\'s" ("order") VALUES (-1)']
after_refuses = [
    *before_refuses,
    'INSERT INTO "User\'s" ("Name", "order") VALUES (\'A\', 8)',
    'INSERT INTO "User\'s" (group_id) VALUES (2)',
]
