# sqlite postgresql mariadb mysql
from sqlalchemy import *

metadata = MetaData()

Table(
    "t",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("k", String(50), server_default="back\\slash"),
)
