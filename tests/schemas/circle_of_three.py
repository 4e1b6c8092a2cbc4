# sqlite postgresql mariadb mysql
from sqlalchemy import *

metadata = MetaData()

for x, y in ("ab", "bc", "ca"):
    Table(
        x,
        metadata,
        Column("id", Integer, primary_key=True),
        Column("r", ForeignKey(f"{y}.id"), unique=True),
    )
