# sqlite
"""Indexes on functions: nothing is wanted, before and after a change."""

from sqlalchemy import *


def t(metadata, type_):
    article = Table(
        "article",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("title", type_, nullable=False),
        Column("Body", Text),
    )
    c = article.c
    Index("ix_lower", func.lower(c.title), unique=True)
    Index("ix_concat", c.title + " " + func.coalesce(c.Body, ""))
    Index("ix cast", cast(c.id, Text), func.length(c.title).desc())
    Index("ix_case", case((c.Body.is_(None), 1), else_=2), sqlite_where=c.Body != "it's: %")
    Index("ix_between", c.id, sqlite_where=c.id.between(1, 5) | c.title.in_(["a", "b"]))


def before(metadata):
    t(metadata, String(20))


def after(metadata):
    t(metadata, Text)


rows = ["INSERT INTO article (id, title) VALUES (1, 'a')"]
