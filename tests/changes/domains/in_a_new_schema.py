# postgresql
"""Columns become those of types in a schema that is not there: a domain and an enum."""

from sqlalchemy import *
from sqlalchemy.dialects.postgresql import DOMAIN


def t(metadata, *types):
    columns = (Column(name, type_) for name, type_ in zip(("a", "B b"), types, strict=True))
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns)


def before(metadata):
    t(metadata, Integer, String(9))


def after(metadata):
    few = DOMAIN("few", Integer, check="VALUE < 9", schema="It's types")
    t(metadata, few, Enum("x", "y", name="kind", schema="More"))


rows = ["INSERT INTO t VALUES (1, 1, 'x')"]
after_refuses = ["INSERT INTO t VALUES (2, 10, 'x')", "INSERT INTO t VALUES (2, 1, 'z')"]
