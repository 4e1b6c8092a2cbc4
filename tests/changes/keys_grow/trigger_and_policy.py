# postgresql
"""A key grows that a trigger's condition, a policy and an index's expression use."""

from sqlalchemy import *


def t(metadata, key):
    table = Table("t", metadata, Column("id", key, primary_key=True), Column("n", Integer))
    Index("ix odd", table.c.id % 2, postgresql_where=table.c.id > 5)


def before(metadata):
    t(metadata, Integer)


def after(metadata):
    t(metadata, BigInteger)


rows = ["INSERT INTO t (n) VALUES (1), (2)"]
by_hand = [
    "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'no'; END $$",
    "CREATE TRIGGER guard BEFORE UPDATE OF id ON t FOR EACH ROW"
    " WHEN (old.id > 1) EXECUTE FUNCTION no()",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    'CREATE POLICY "seen" ON t FOR SELECT USING (id < 100)',
]
undo_by_hand = ["DROP TRIGGER guard ON t", "DROP FUNCTION no"]
before_refuses = ["UPDATE t SET id = 7 WHERE id = 2"]
after_refuses = before_refuses
