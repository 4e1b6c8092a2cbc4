# sqlite postgresql mysql
from sqlalchemy import *

driver = "{driver}"
text = "concat('x:y', '%')" if driver[0] == "m" else "'x:y' || '%'"

metadata = MetaData()

Table(
    "t",
    metadata,
    Column("id", Integer, Identity(always=True, start=5), primary_key=True)
    if driver[0] == "p"
    else Column("id", Integer, primary_key=True),
    Column("a", Integer),
    Column("b", Integer, Computed("a * 2", persisted=True)),
    # On MySQL, || is OR, and a string no truth: no row would be taken.
    Column("c", String(9), Computed(text, persisted=True)),
    comment="It's a table: 100%",
)
