# sqlite
"""A table is made anew: indexes stay that no model has and hooks.py leaves out."""

from sqlalchemy import *


def t(metadata, **nullable):
    columns = Column("Note", String(9), **nullable), Column("at", DateTime)
    Table("the table", metadata, Column("id", Integer, primary_key=True), *columns)


def before(metadata):
    t(metadata)


def after(metadata):
    t(metadata, nullable=False)


rows = ["""INSERT INTO "the table" VALUES (1, 'a', '2020-01-01 00:00:00'), (3, 'b', NULL)"""]
by_hand = [
    """CREATE INDEX "by ""hand" ON "the table" (at DESC, "Note" COLLATE RTRIM)""",
    """CREATE UNIQUE INDEX "over" ON "the table" (lower("Note") DESC, id) WHERE at > 'a'""",
]
hooks = """
options = {"include_name": lambda name, type_, parents: name not in ('by "hand', "over")}
"""
