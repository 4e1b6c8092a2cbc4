# sqlite postgresql mysql
"""Booleans and enums bring their CHECKs, with and without a name."""

from sqlalchemy import *

boolean = Boolean(create_constraint=True)


def t(metadata, labels, *more):
    enum = Enum(*labels, name="state", native_enum=False, create_constraint=True, length=20)
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("b", Boolean(create_constraint=True)),
        Column("d", Boolean(create_constraint=True, name="is d")),
        Column("e", enum),
        *more,
    )


def before(metadata):
    t(metadata, ["one", "two"])


def after(metadata):
    a = Column("a", Boolean(create_constraint=True))
    c = Column("c", Enum("x", native_enum=False, create_constraint=True))
    t(metadata, ["two", "three"], a, c)


rows = ["INSERT INTO t (id, e) VALUES (1, 'two')"]
before_takes = ["INSERT INTO t (id, e) VALUES (2, 'one')"]
before_refuses = ["INSERT INTO t (id, e) VALUES (2, 'three')"]
after_takes = ["INSERT INTO t (id, e, c) VALUES (2, 'three', 'x')"]
after_refuses = [
    "INSERT INTO t (id, e) VALUES (2, 'one')",
    "INSERT INTO t (id, c) VALUES (2, 'y')",
]
if "{driver}"[0] != "p":
    before_refuses += [f"INSERT INTO t (id, {column}) VALUES (2, 2)" for column in "bd"]
    after_refuses += [f"INSERT INTO t (id, {column}) VALUES (2, 2)" for column in "abd"]
