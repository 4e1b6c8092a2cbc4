# postgresql
"""Indexes on functions are as PostgreSQL writes them: nothing is wanted, before and after a change."""

from sqlalchemy import *
from sqlalchemy.dialects.postgresql import JSONB


def t(metadata, type_):
    article = Table(
        "article",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("title", type_, nullable=False),
        Column("body", Text),
        Column("Data", JSONB),
        Column("at", DateTime(timezone=True)),
    )
    c = article.c
    english = literal_column("'english'")
    body = func.to_tsvector(english, c.title + " " + func.coalesce(c.body, ""))
    Index("ix_search", body, postgresql_using="gin")
    Index("ix_lower", func.lower(c.title), unique=True)
    Index("ix cast", cast(c.id, Text), text("(\"Data\" ->> 'a') DESC"))
    in_case = text("(CASE WHEN body IS NULL THEN 1 ELSE 2 END)")  # case() has no parentheses
    Index("ix_case", in_case, postgresql_where=c.body != "it's: %")
    Index("ix_between", c.id, postgresql_where=c.id.between(1, 5) | c.title.in_(["a", "b"]))
    Index("ix_day", text("date(timezone('utc', at))"), c.body.desc().nulls_last())
    Index("ix_coalesce", func.coalesce(c.Data["b"].astext, "x"), postgresql_include=["id"])
    Index("ix_concat", c.title.concat(" ").concat(c.body), postgresql_where=text("body LIKE 'a%'"))


def before(metadata):
    t(metadata, String(20))


def after(metadata):
    t(metadata, Text)


rows = ["INSERT INTO article (id, title) VALUES (1, 'a')"]
