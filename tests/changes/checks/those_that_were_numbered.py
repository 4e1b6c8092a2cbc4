# sqlite postgresql mysql
"""An earlier revision has numbered the CHECKs: by what they say, they are known."""

from sqlalchemy import *


def t(metadata, names, *more):
    columns = [Column(name, Integer) for name in "acd"]
    checks = [
        CheckConstraint(f"{column} > 0", name=name)
        for column, name in zip("acd", names, strict=True)
    ]
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, *checks, *more)


def before(metadata):
    t(metadata, ["ck_t", "ck_t_2", "ck_t_3"])


def after(metadata):
    t(metadata, [None] * 3, Column("b", Integer), CheckConstraint("b > 0"))


rows = ["INSERT INTO t (id, a, c, d) VALUES (1, 1, 1, 1)"]
before_refuses = [f"INSERT INTO t (id, {column}) VALUES (2, 0)" for column in "acd"]
after_refuses = [f"INSERT INTO t (id, {column}) VALUES (2, 0)" for column in "abcd"]
