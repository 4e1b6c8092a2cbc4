# sqlite postgresql mariadb mysql
from sqlalchemy import *

metadata = MetaData()

Table(
    "a",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("b_id", ForeignKey("b.id")),
    Column("self_id", ForeignKey("a.id")),
)
Table(
    "b",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("a_id", ForeignKey("a.id", name="fk_b_a", use_alter=True)),
)
Table(
    "c",
    metadata,
    Column("x", Integer, primary_key=True),
    Column("y", Integer, primary_key=True),
    UniqueConstraint("y", "x"),
)
Table(
    "d",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("x", Integer),
    Column("y", Integer),
    ForeignKeyConstraint(["x", "y"], ["c.x", "c.y"], ondelete="CASCADE"),
)
