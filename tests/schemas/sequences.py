# postgresql
from sqlalchemy import *

metadata = MetaData()

s = Sequence("s_id", start=10)
Table(
    "t",
    metadata,
    Column("id", Integer, s, primary_key=True),
    Column("n", Integer, Sequence("s_n", metadata=metadata)),
)
Table(
    "u",
    metadata,
    Column("id", Integer, s, server_default=s.next_value(), primary_key=True),
    Column("z", Integer, Sequence("opt", optional=True)),
)
