# postgresql
"""A label goes from a partitioned table with indexes, a CHECK, a trigger and a table under it."""

from sqlalchemy import *


def t(metadata, *labels):
    table = Table(
        "p",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("s", Enum(*labels, name="s"), server_default="a", index=True),
        CheckConstraint("s <> 'b' OR id > 0", name="positive"),
        postgresql_partition_by="RANGE (id)",
    )
    Index("of a", table.c.id, postgresql_where=table.c.s == "a")


def before(metadata):
    t(metadata, "a", "b", "c")


def after(metadata):
    t(metadata, "b", "a")


by_hand = [
    "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (-9) TO (9)",
    "INSERT INTO p VALUES (1, 'b')",
    "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'no'; END $$",
    "CREATE TRIGGER guard BEFORE UPDATE ON p FOR EACH ROW WHEN (old.s = 'b') EXECUTE FUNCTION no()",
]
undo_by_hand = ["DROP TRIGGER guard ON p", "DROP FUNCTION no"]
before_refuses = ["UPDATE p SET s = 'a'", "INSERT INTO p VALUES (-1, 'b')"]
after_refuses = [*before_refuses, "INSERT INTO p VALUES (-1, 'c')"]
