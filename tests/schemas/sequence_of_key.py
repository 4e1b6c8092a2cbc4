# sqlite postgresql mariadb mysql
from sqlalchemy import *

metadata = MetaData()

Table(
    "t",
    metadata,
    Column("id", Integer, Sequence("t_id"), primary_key=True),
    Column("number", Integer, Sequence("numbers", start=5)),
)
