# sqlite postgresql mariadb mysql
from sqlalchemy import *

driver = "{driver}"

metadata = MetaData()

Table(
    "t",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("a", Integer, CheckConstraint("a < 99", name=None if driver[0] == "m" else "small")),
    Column("z", Integer, CheckConstraint("z > 0")),
    Column("b", String(20), CheckConstraint("b LIKE 'x%'")),
    Column("c", String(20)),
    CheckConstraint("c <> 'a:b'", name="colon"),
    CheckConstraint("c <> '\\:b'"),
    CheckConstraint("id > 0", name="only").ddl_if(dialect="sqlite"),
)
