# postgresql
"""A key and what refers to it get a type of another kind, with CHECKs, indexes and a view on them."""

from sqlalchemy import *


def tables(metadata, key, small, big):
    one = Table(
        "One",
        metadata,
        Column("Key", key, primary_key=True, autoincrement=False),
        Column("code", String(9), Computed("'x' || \"Key\"", persisted=True), unique=True),
        CheckConstraint(text(f'"Key" < {big}'), name="small key"),
    )
    Index("of key", text(f"(\"Key\" || 'x')"), postgresql_where=one.c.Key > small)
    Table(
        "two",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("one", ForeignKey("One.Key", ondelete="CASCADE"), index=True),
        Column("code", ForeignKey("One.code")),
    )


def before(metadata):
    tables(metadata, Integer, 5, 100)


def after(metadata):
    tables(metadata, String(20), "5", "'A'")


rows = [
    'INSERT INTO "One" ("Key") VALUES (3), (44)',
    "INSERT INTO two VALUES (1, 44, 'x3'), (2, NULL, NULL)",
]
by_hand = [
    'CREATE VIEW all_of_it AS SELECT o."Key", o.code, t.id FROM "One" o LEFT JOIN two t'
    ' ON t.one = o."Key"',
]
undo_by_hand = ["DROP VIEW all_of_it"]
before_refuses = ['INSERT INTO "One" ("Key") VALUES (100)']
after_takes = ['INSERT INTO "One" ("Key") VALUES (\'100\')']
after_refuses = ['INSERT INTO "One" ("Key") VALUES (\'B\')', "INSERT INTO two VALUES (3, '9')"]
