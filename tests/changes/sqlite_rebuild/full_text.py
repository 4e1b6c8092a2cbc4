# sqlite
"""A table is made anew that a full text index follows by triggers."""

from sqlalchemy import *


def t(metadata, **nullable):
    columns = Column("title", String(99), **nullable), Column("body", Text)
    Table("article", metadata, Column("id", Integer, primary_key=True), *columns)


def before(metadata):
    t(metadata)


def after(metadata):
    t(metadata, nullable=False)


by_hand = [
    "CREATE VIRTUAL TABLE article_fts USING fts5(title, body, content='article', content_rowid='id')",
    "CREATE TRIGGER article_ai AFTER INSERT ON article BEGIN INSERT INTO article_fts"
    " (rowid, title, body) VALUES (new.id, new.title, new.body); END",
    "CREATE TRIGGER article_ad AFTER DELETE ON article BEGIN INSERT INTO article_fts"
    " (article_fts, rowid, title, body) VALUES ('delete', old.id, old.title, old.body); END",
]
undo_by_hand = ["DROP TABLE article_fts"]
hooks = """
options = {
    "include_name": lambda name, type_, parents: not (name or "").startswith("article_fts"),
}
"""
rows = ["INSERT INTO article VALUES (1, 'a', 'some words')"]
after_takes = ["INSERT INTO article VALUES (2, 'b', 'more words')"]
