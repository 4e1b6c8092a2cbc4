# sqlite postgresql mariadb mysql
from sqlalchemy import *

metadata = MetaData()

Table(
    "a",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("n", String(9), nullable=False),
    Index("i", "n", unique=True),
)
Table("b", metadata, Column("id", Integer, primary_key=True), Column("n", ForeignKey("a.n")))
Table(
    "c",
    metadata,
    Column("id", Integer, primary_key=True, default=1),
    Column("n", String(9), unique=True),
    UniqueConstraint("n", name="u"),
    CheckConstraint("n IS JSON", _create_rule=lambda compiler: False),
)
