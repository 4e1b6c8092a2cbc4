# sqlite postgresql mysql
"""Two CHECKs have each other's text."""

from sqlalchemy import *


def t(metadata, p, q):
    columns = [Column(name, Integer) for name in "ab"]
    checks = CheckConstraint(f"{p} > 0", name="p"), CheckConstraint(f"{q} > 0", name="q")
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, *checks)


def before(metadata):
    t(metadata, "a", "b")


def after(metadata):
    t(metadata, "b", "a")


rows = ["INSERT INTO t (id, a, b) VALUES (1, 1, 1)"]
before_refuses = [f"INSERT INTO t (id, {column}) VALUES (2, 0)" for column in "ab"]
after_refuses = before_refuses
