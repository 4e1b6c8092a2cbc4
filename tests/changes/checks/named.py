# sqlite postgresql mysql
# with and without a naming convention
"""Of three CHECKs one changes, and a fourth has the text that it had."""

from sqlalchemy import *


def t(metadata, *checks):
    columns = [Column(name, Integer) for name in "abcd"]
    items = [CheckConstraint(sql, name=name) for name, sql in checks]
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, *items)


def before(metadata):
    t(metadata, ("one", "a > 0"), ("two", "b > 0"), ("three", "c > 0"))


def after(metadata):
    t(metadata, ("one", "a > 0"), ("two", "d > 0"), ("three", "c > 0"), ("four", "b > 0"))


rows = ["INSERT INTO t (id, a, b, c, d) VALUES (1, 1, 1, 1, 1)"]
before_takes = ["INSERT INTO t (id, d) VALUES (2, 0)"]
before_refuses = [f"INSERT INTO t (id, {column}) VALUES (2, 0)" for column in "abc"]
after_refuses = [f"INSERT INTO t (id, {column}) VALUES (2, 0)" for column in "abcd"]
