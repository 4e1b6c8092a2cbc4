# postgresql
"""Labels go and come; a domain over the enum changes, one goes, one comes, one of arrays stays."""

from sqlalchemy import *
from sqlalchemy.dialects.postgresql import DOMAIN


def before(metadata):
    mood = Enum("sad", "ok", "it's", name="Mood", metadata=metadata)
    glad = DOMAIN("glad", mood, check="VALUE <> 'sad'")
    old = DOMAIN("Old", mood, default="ok")
    columns = Column("a", glad), Column("B", old), Column("c", mood, server_default="it's")
    more = Column("d", mood), Column("many", DOMAIN("moods", ARRAY(mood)))
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, *more)


def after(metadata):
    mood = Enum("it's", "great", "ok", name="Mood", metadata=metadata)
    glad = DOMAIN("glad", mood, check="VALUE <> 'great'")
    new = DOMAIN("new", mood, check="VALUE <> 'it''s'")
    columns = Column("a", glad), Column("B", mood), Column("c", Text), Column("d", new)
    more = Column("e", ARRAY(new)), Column("many", DOMAIN("moods", ARRAY(mood)))
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, *more)


rows = [
    "INSERT INTO t VALUES (1, 'ok', 'it''s', 'ok', 'ok', '{ok}')",
    "INSERT INTO t (id) VALUES (2)",
]
before_refuses = ["INSERT INTO t (id, a) VALUES (3, 'sad')"]
after_takes = ["INSERT INTO t (id, c) VALUES (3, 'sad')"]
after_refuses = [
    "INSERT INTO t (id, a) VALUES (3, 'great')",
    "INSERT INTO t (id, d) VALUES (3, 'it''s')",
]
