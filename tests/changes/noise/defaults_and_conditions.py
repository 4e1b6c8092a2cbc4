# sqlite postgresql
"""Defaults, CHECKs and conditions that the database writes another way: nothing is wanted."""

from sqlalchemy import *

silent = True


def before(metadata):
    t = Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", String(20), server_default=text("lower('A')") if "{driver}"[0] == "p" else "a"),
        Column("b", Integer, server_default=text("(1+1)")),
        Column("C", Numeric(10, 2), server_default=text("1.50")),
        CheckConstraint("a in ('x','y') and not (b>5)"),
        CheckConstraint("b between 1 and 9", name="between"),
        CheckConstraint("a like 'x%' OR a IS NULL\n   OR \"C\"<>1"),
    )
    where = and_(t.c.a == "x", t.c.C > 1.5, t.c.b.is_not(None))
    Index("i", t.c.b, sqlite_where=where, postgresql_where=where)


after = before
