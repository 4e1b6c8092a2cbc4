# postgresql
"""Domains over an enum and over an array, arrays of a domain; a label comes to the enum."""

from sqlalchemy import *
from sqlalchemy.dialects.postgresql import DOMAIN


def t(metadata, labels, *more):
    mood = Enum(*labels, name="mood")
    glad = DOMAIN("glad", mood, check="VALUE <> 'sad'")
    tags = DOMAIN("tags", ARRAY(Text), check="cardinality(VALUE) < 3")
    columns = Column("m", mood), Column("g", glad), Column("t", tags), Column("a", ARRAY(glad))
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, *more)


def before(metadata):
    t(metadata, ["sad", "ok"])


def after(metadata):
    t(metadata, ["sad", "ok", "great"], Column("n", Integer))


rows = ["INSERT INTO t VALUES (1, 'sad', 'ok', '{a,b}', '{ok}')"]
after_refuses = [
    "INSERT INTO t (id, g) VALUES (2, 'sad')",
    "INSERT INTO t (id, t) VALUES (2, '{a,b,c}')",
]
before_refuses = after_refuses
