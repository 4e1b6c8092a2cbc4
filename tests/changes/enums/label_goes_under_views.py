# postgresql
"""A label goes, and views show the column, compare with it and cast to it."""

from sqlalchemy import *


def tables(metadata, *labels):
    mood = Enum(*labels, name="mood")
    Table("person", metadata, Column("id", Integer, primary_key=True), Column("mood", mood))
    Table("Other", metadata, Column("id", Integer, primary_key=True), Column("Mood", mood))


def before(metadata):
    tables(metadata, "sad", "ok", "great")


def after(metadata):
    tables(metadata, "ok", "great")


rows = [
    "INSERT INTO person VALUES (1, 'ok'), (2, 'great')",
    "INSERT INTO \"Other\" VALUES (1, 'ok')",
]
by_hand = [
    "CREATE VIEW glad AS SELECT id, mood FROM person WHERE mood > 'ok'",
    'CREATE VIEW "All Moods" AS SELECT mood FROM glad UNION ALL SELECT "Mood" FROM "Other"',
    "CREATE MATERIALIZED VIEW counts AS SELECT mood, count(*) AS n FROM person GROUP BY 1",
    "CREATE INDEX by_mood ON counts (mood)",
    "GRANT SELECT ON glad TO PUBLIC",
]
undo_by_hand = ["DROP MATERIALIZED VIEW counts", 'DROP VIEW "All Moods"', "DROP VIEW glad"]
after_takes = ['SELECT * FROM "All Moods"']
before_takes = after_takes
