# postgresql
"""Labels go and come, and with them a domain over the enum changes, one goes and one comes."""

from sqlalchemy import *
from sqlalchemy.dialects.postgresql import DOMAIN


def before(metadata):
    mood = Enum("sad", "ok", "it's", name="Mood", metadata=metadata)
    glad = DOMAIN("glad", mood, check="VALUE <> 'sad'")
    old = DOMAIN("Old", mood, default="ok")
    columns = Column("a", glad), Column("B", old), Column("c", mood, server_default="it's")
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, Column("d", mood))


def after(metadata):
    mood = Enum("it's", "great", "ok", name="Mood", metadata=metadata)
    glad = DOMAIN("glad", mood, check="VALUE <> 'great'")
    new = DOMAIN("new", mood, check="VALUE <> 'it''s'")
    columns = Column("a", glad), Column("B", mood), Column("c", Text), Column("d", new)
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, Column("e", ARRAY(new)))


rows = ["INSERT INTO t VALUES (1, 'ok', 'it''s', 'ok', 'ok')", "INSERT INTO t (id) VALUES (2)"]
before_refuses = ["INSERT INTO t (id, a) VALUES (3, 'sad')"]
after_takes = ["INSERT INTO t (id, c) VALUES (3, 'sad')"]
after_refuses = [
    "INSERT INTO t (id, a) VALUES (3, 'great')",
    "INSERT INTO t (id, d) VALUES (3, 'it''s')",
]
