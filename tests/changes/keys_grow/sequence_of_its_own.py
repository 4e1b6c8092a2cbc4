# postgresql
"""A key that takes its values from a sequence of the models grows; the sequence is BIGINT already."""

from sqlalchemy import *


def t(metadata, type_):
    sequence = Sequence("t numbers", start=5, metadata=metadata)
    column = Column("id", type_, sequence, server_default=sequence.next_value(), primary_key=True)
    Table("t", metadata, column, Column("n", type_, server_default="0"))


def before(metadata):
    t(metadata, Integer)


def after(metadata):
    t(metadata, BigInteger)


rows = ["INSERT INTO t (n) VALUES (1), (2)"]
after_takes = ["INSERT INTO t (id) VALUES (3000000000)"]
