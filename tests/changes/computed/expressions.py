# sqlite postgresql mysql mariadb
"""Generated columns get another expression: what depends on them stays, and so does what uses a colon."""

from sqlalchemy import *


def t(metadata, n, text, plain, **more):
    Table(
        "thing",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("n", Integer),
        Column("kept", Integer, Computed(f"n * {n}", persisted=True), **more),
        Column("The text", String(20), Computed(text, persisted=True)),
        Column("plain", Integer, Computed(plain, persisted=True), unique=True),
        Index("by kept", "kept", "n"),
        CheckConstraint("kept > 0", name="positive"),
    )


def before(metadata):
    t(metadata, 2, "'x\\:y 1%'", "n + 1")


def after(metadata):
    t(metadata, 3, "'x\\:z 2%'", "n + 1", comment="thrice")


rows = ["INSERT INTO thing (id, n) VALUES (1, 1), (2, 5)"]
by_hand = ["CREATE VIEW by_hand AS SELECT kept FROM thing"]
undo_by_hand = ["DROP VIEW by_hand"]
lost = ["thing.kept", "thing.The text"]
before_refuses = [
    "INSERT INTO thing (id, n) VALUES (3, -1)",
    "INSERT INTO thing (id, n) VALUES (3, 1)",
]
after_refuses = before_refuses
warns = "Gives column kept of thing another expression. All of thing is written again."
