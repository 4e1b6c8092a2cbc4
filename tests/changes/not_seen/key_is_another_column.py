# sqlite postgresql mysql
# with a naming convention
"""The primary key moves to a column that was unique."""

from sqlalchemy import *


def before(metadata):
    columns = (
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("code", String(9), nullable=False),
    )
    Table("t", metadata, *columns, UniqueConstraint("code", name="uq_code"))


def after(metadata):
    columns = Column("id", Integer, nullable=False), Column("code", String(9), primary_key=True)
    Table("t", metadata, *columns)


rows = ["INSERT INTO t (id, code) VALUES (1, 'a'), (2, 'b')"]
before_refuses = ["INSERT INTO t (id, code) VALUES (1, 'c')"]
after_takes = ["INSERT INTO t (id, code) VALUES (1, 'c')"]
after_refuses = ["INSERT INTO t (id, code) VALUES (3, 'a')"]
