# sqlite postgresql mysql
from sqlalchemy import *

driver = "{driver}"

metadata = MetaData()

Table(
    "t",
    metadata,
    Column("id", Integer, Identity(always=True, start=5), primary_key=True)
    if driver[0] == "p"
    else Column("id", Integer, primary_key=True),
    Column("a", Integer),
    Column("b", Integer, Computed("a * 2", persisted=True)),
    Column("c", String(9), Computed("'x:y' || '%'", persisted=True)),
    comment="It's a table: 100%",
)
