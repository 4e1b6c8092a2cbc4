# postgresql
"""An enum gets another name and schema, with an index, a CHECK, a default and a view on its column."""

from sqlalchemy import *


def t(metadata, enum):
    table = Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("State", enum, nullable=False, server_default="b"),
        CheckConstraint("\"State\" <> 'a' OR id < 9", name="late"),
    )
    Index("of a", table.c.id, postgresql_where=table.c.State == "a")
    Table("u", metadata, Column("id", Integer, primary_key=True), schema="Of Types")


def before(metadata):
    t(metadata, Enum("a", "b", name="state"))


def after(metadata):
    t(metadata, Enum("a", "b", "c", name="The State", schema="Of Types"))


rows = ["INSERT INTO t (id) VALUES (1)", "INSERT INTO t VALUES (2, 'a')"]
by_hand = ["CREATE VIEW v AS SELECT * FROM t"]
undo_by_hand = ["DROP VIEW v"]
before_refuses = ["INSERT INTO t VALUES (9, 'a')"]
after_takes = ["INSERT INTO t VALUES (9, 'c')"]
after_refuses = before_refuses
