# postgresql
"""A label goes from a type that functions, triggers and policies name."""

from sqlalchemy import *


def t(metadata, *labels):
    level = Column("level", Enum(*labels, name="level"), nullable=False)
    Table("t", metadata, Column("id", Integer, primary_key=True), level)


def before(metadata):
    t(metadata, "low", "high", "top")


def after(metadata):
    t(metadata, "low", "top")


rows = ["INSERT INTO t VALUES (1, 'low'), (2, 'top')"]
by_hand = [
    "CREATE FUNCTION is_top(given level) RETURNS boolean LANGUAGE sql IMMUTABLE AS"
    " $$ SELECT given = 'top' $$",
    "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'no'; END $$",
    "CREATE TRIGGER guard BEFORE UPDATE ON t FOR EACH ROW"
    " WHEN (old.level = 'top') EXECUTE FUNCTION no()",
    "CREATE POLICY seen ON t USING (level <> 'top')",
]
undo_by_hand = ["DROP TRIGGER guard ON t", "DROP FUNCTION no", "DROP FUNCTION is_top"]
before_refuses = ["UPDATE t SET id = 3 WHERE id = 2"]
after_refuses = before_refuses
