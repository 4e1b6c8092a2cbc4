# postgresql mariadb mysql
from sqlalchemy import *

metadata = MetaData()

Table(
    "t",
    metadata,
    Column("id", Integer, primary_key=True, comment="it's: 100%"),
    Column("a", Integer, comment="x"),
    comment="It's a table: 100%",
)
