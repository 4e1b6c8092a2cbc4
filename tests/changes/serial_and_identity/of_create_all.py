# postgresql
"""SERIAL becomes Identity() in a database that was there before Alembic, with rows and a gap."""

from sqlalchemy import *

made_by_create_all = True


def tables(metadata, *identity):
    id_ = Column("id", Integer, *identity, primary_key=True)
    Table("t", metadata, id_, Column("n", Integer, unique=True))


def before(metadata):
    tables(metadata)


def after(metadata):
    tables(metadata, Identity(always=True))


rows = ["INSERT INTO t (n) VALUES (1), (2)", "INSERT INTO t (id, n) VALUES (700, 3)"]
rows += ["SELECT setval('t_id_seq', 900)"]
after_takes = ["INSERT INTO t (n) VALUES (4)"]
