# sqlite postgresql mysql
"""A column whose name needs quotes goes, with its CHECK, and another one comes."""

from sqlalchemy import *

quote = "`" if "{driver}"[0] == "m" else '"'


def t(metadata, name, *checks):
    columns = [Column(each, Integer) for each in ("select", name)]
    Table("Table", metadata, Column("id", Integer, primary_key=True), *columns, *checks)


def checks(name):
    less = f"{quote}{name}{quote} < {quote}select{quote}"
    return [CheckConstraint(f"{quote}{name}{quote} > 0"), CheckConstraint(less)]


def before(metadata):
    t(metadata, "a-b's", *checks("a-b's"), CheckConstraint(f"{quote}select{quote} > 1"))


def after(metadata):
    t(metadata, "from", *checks("from"), CheckConstraint(f"{quote}select{quote} > 1"))


rows = [f"INSERT INTO {quote}Table{quote} (id, {quote}select{quote}) VALUES (1, 2)"]
before_refuses = [f"INSERT INTO {quote}Table{quote} (id, {quote}select{quote}) VALUES (2, 1)"]
after_refuses = [
    *before_refuses,
    f"INSERT INTO {quote}Table{quote} (id, {quote}from{quote}) VALUES (2, 0)",
    f"INSERT INTO {quote}Table{quote} (id, {quote}from{quote}, {quote}select{quote}) VALUES (2, 5, 4)",
]
