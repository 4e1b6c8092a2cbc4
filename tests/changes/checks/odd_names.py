# sqlite postgresql mysql
"""Table, columns and text have quotes, spaces, capitals, colons and percent signs."""

from sqlalchemy import *

quote = "`" if "{driver}"[0] == "m" else '"'


def quoted(name):
    return f"{quote}{name}{quote}"


def t(metadata, *more):
    Table(
        "Order's Items",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("group", String(20)),
        Column("Unit: 100%", Integer),
        CheckConstraint(f"{quoted('group')} <> 'it''s %s, a:b'"),
        CheckConstraint(f"{quoted('Unit: 100%')} > 0"),
        *more,
    )


def before(metadata):
    t(metadata)


def after(metadata):
    more = CheckConstraint(f"{quoted('Order')} IN ('a:b', '%', '\\\\:x')")
    t(metadata, Column("Order", String(20)), more)


table = quoted("Order's Items")
rows = [f"INSERT INTO {table} (id, {quoted('group')}) VALUES (1, 'a')"]
before_refuses = [
    f"INSERT INTO {table} (id, {quoted('group')}) VALUES (2, 'it''s %s, a:b')",
    f"INSERT INTO {table} (id, {quoted('Unit: 100%')}) VALUES (2, 0)",
]
after_takes = [f"INSERT INTO {table} (id, {quoted('Order')}) VALUES (2, '%')"]
after_refuses = [*before_refuses, f"INSERT INTO {table} (id, {quoted('Order')}) VALUES (2, 'b')"]
