# sqlite postgresql mariadb mysql
from sqlalchemy import *

metadata = MetaData()

Table(
    "a",
    metadata,
    Column("id", Integer, primary_key=True),
    UniqueConstraint("id"),
    Column("n", String(9), unique=True),
    Column("i", String(9), index=True),
)
Table("b", metadata, Column("id", String(9), primary_key=True, nullable=True))
Table(
    "c",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("u", String(9)),
    UniqueConstraint("u", name="named"),
)
