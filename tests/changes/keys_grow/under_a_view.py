# postgresql
"""A key grows that views, a rule of a view, and a generated column show."""

from sqlalchemy import *


def tables(metadata, key):
    Table(
        "t",
        metadata,
        Column("id", key, primary_key=True),
        Column("Code", String(20), Computed("'x' || id", persisted=True)),
    )


def before(metadata):
    tables(metadata, Integer)


def after(metadata):
    tables(metadata, BigInteger)


rows = ["INSERT INTO t DEFAULT VALUES", "INSERT INTO t DEFAULT VALUES"]
by_hand = [
    'CREATE VIEW "All" AS SELECT * FROM t',
    "COMMENT ON VIEW \"All\" IS 'it''s all'",
    'CREATE VIEW part AS SELECT id FROM "All" WHERE id > 1',
    "CREATE MATERIALIZED VIEW kept AS SELECT id FROM part",
    "CREATE UNIQUE INDEX of_kept ON kept (id)",
]
undo_by_hand = ["DROP MATERIALIZED VIEW kept", "DROP VIEW part", 'DROP VIEW "All"']
