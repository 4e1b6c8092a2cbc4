# sqlite
"""A column goes and another comes in a table that a view shows in part."""

from sqlalchemy import *


def t(metadata, *columns):
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, Column("z", Integer))


def before(metadata):
    t(metadata, Column("a", Integer, unique=True))


def after(metadata):
    t(metadata, Column("b", Integer, unique=True))


rows = ["INSERT INTO t VALUES (1, 2, 3)"]
by_hand = ["CREATE VIEW v AS SELECT id, z FROM t"]
undo_by_hand = ["DROP VIEW v"]
after_takes = ["SELECT z FROM v"]
