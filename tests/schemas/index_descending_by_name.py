# sqlite postgresql mysql mariadb
from sqlalchemy import *

metadata = MetaData()

Table(
    "t",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("a", Integer),
    Column("f", Boolean),
    Index("i", "a", desc("id"), sqlite_where=text("f"), postgresql_where=text("f")),
)
