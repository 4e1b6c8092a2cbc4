# postgresql
"""A generated column gets another type and expression: all that depends on it comes back."""

from sqlalchemy import *


def t(metadata, type_, n):
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("n", Integer),
        Column(
            "It's",
            type_,
            Computed(f"n * {n}", persisted=True),
            comment="here",
            nullable=False,
            unique=True,
        ),
        Index("by it", "It's", "n"),
        Index("expression", text('(n + "It\'s")'), postgresql_where=text('"It\'s" > 1')),
        CheckConstraint('"It\'s" > 0', name="positive"),
    )
    Table("u", metadata, Column("t", type_, ForeignKey("t.It's")))
    Table(
        "p",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("s", type_, Computed(f"id * {n}", persisted=True), index=True),
        postgresql_partition_by="RANGE (id)",
    )


def before(metadata):
    t(metadata, Integer, 2)


def after(metadata):
    t(metadata, BigInteger, "(1 + 1)")


rows = [
    "INSERT INTO t (id, n) VALUES (1, 1), (2, 5)",
    "INSERT INTO u VALUES (2)",
]
by_hand = [
    "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
    "INSERT INTO p (id) VALUES (1)",
    'CREATE VIEW shown AS SELECT n, "It\'s" FROM t',
    "CREATE VIEW second AS SELECT count(*) FROM shown",
    'CREATE STATISTICS both_columns ON n, "It\'s" FROM t',
    'CREATE POLICY few ON t USING ("It\'s" > 1)',
    "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    'CREATE TRIGGER watch AFTER UPDATE OF n ON t FOR EACH ROW WHEN (NEW."It\'s" > 1) '
    "EXECUTE FUNCTION nothing()",
]
undo_by_hand = ["DROP VIEW second", "DROP VIEW shown", "DROP TABLE p1", "DROP TRIGGER watch ON t"]
undo_by_hand += ["DROP FUNCTION nothing()"]
before_refuses = after_refuses = [
    "INSERT INTO t (id, n) VALUES (3, 5)",
    "INSERT INTO t (id, n) VALUES (3, -1)",
    "INSERT INTO u VALUES (3)",
]
