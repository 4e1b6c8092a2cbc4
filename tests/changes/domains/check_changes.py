# postgresql
"""The CHECK of a domain changes that two tables in two schemas share; another one gets NOT NULL."""

from sqlalchemy import *
from sqlalchemy.dialects.postgresql import DOMAIN


def tables(metadata, low, not_null):
    positive = DOMAIN("positive", Integer, check=f"VALUE > {low}", constraint_name="low")
    code = DOMAIN("Code", String(9), not_null=not_null)
    columns = Column("n", positive), Column("code", code)
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns)
    Table("u", metadata, Column("n", positive, primary_key=True), schema="Other")


def before(metadata):
    tables(metadata, 0, False)


def after(metadata):
    tables(metadata, 9, True)


rows = ["INSERT INTO t VALUES (1, 10, 'a')", 'INSERT INTO "Other".u VALUES (11)']
before_takes = ["INSERT INTO t VALUES (2, 5, NULL)"]
before_refuses = ["INSERT INTO t VALUES (2, 0, 'b')"]
after_refuses = [
    "INSERT INTO t VALUES (2, 5, 'b')",
    "INSERT INTO t VALUES (2, 10, NULL)",
    'INSERT INTO "Other".u VALUES (5)',
]
