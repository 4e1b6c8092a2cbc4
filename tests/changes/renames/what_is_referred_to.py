# sqlite postgresql mysql
# with a naming convention
"""A column that another table refers to is renamed, and one that a CHECK names."""

from sqlalchemy import *

renames = True


def tables(metadata, key, amount):
    Table(
        "parent",
        metadata,
        Column("id", Integer, primary_key=True),
        Column(key, String(9), nullable=False),
        Column(amount, Integer, nullable=False),
        UniqueConstraint(key, name="u"),
        CheckConstraint(f"{amount} > 0", name="positive"),
    )
    column = Column("code", ForeignKey(f"parent.{key}"))
    Table("child", metadata, Column("id", Integer, primary_key=True), column)


def before(metadata):
    tables(metadata, "code", "amount")


def after(metadata):
    tables(metadata, "Key", "total")


rows = ["INSERT INTO parent VALUES (1, 'a', 1)", "INSERT INTO child VALUES (1, 'a')"]
renamed = {"parent.code": "parent.Key", "parent.amount": "parent.total"}
before_refuses = ["INSERT INTO child VALUES (2, 'b')", "INSERT INTO parent VALUES (2, 'b', 0)"]
after_refuses = before_refuses
