# sqlite
"""A table is made anew: triggers on it, and of others that write to it, work as before."""

from sqlalchemy import *


def tables(metadata, *columns):
    at = Column("at", String(20), server_default="never")
    Table("note", metadata, Column("id", Integer, primary_key=True), *columns, at)
    Table("log", metadata, Column("id", Integer, primary_key=True), Column("said", String(99)))


def before(metadata):
    tables(metadata, Column("text", String(9)))


def after(metadata):
    tables(metadata, Column("text", String(99), nullable=False))


rows = ["INSERT INTO note (id, text) VALUES (1, 'a')", "INSERT INTO log VALUES (1, 'first')"]
by_hand = [
    "CREATE TRIGGER of_insert AFTER INSERT ON note BEGIN"
    " INSERT INTO log (said) VALUES ('new: ' || new.text); END",
    'CREATE TRIGGER "of update" BEFORE UPDATE OF text ON note WHEN old.id > 0 BEGIN'
    " SELECT RAISE(ABORT, 'no: change'); END",
    "CREATE TRIGGER of_log AFTER DELETE ON log BEGIN"
    " UPDATE note SET at = 'now' WHERE id = old.id; END",
]
before_refuses = ["UPDATE note SET text = 'b' WHERE id = 1"]
after_refuses = before_refuses
