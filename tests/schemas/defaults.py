# sqlite postgresql mariadb mysql
from sqlalchemy import *

metadata = MetaData()

Table(
    "t",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("a", String(50), server_default="it's"),
    Column("b", String(50), server_default=""),
    Column("c", String(50), server_default="100%"),
    Column("d", String(50), server_default="a:b :c"),
    Column("e", Integer, server_default="0"),
    Column("f", Boolean, server_default=false()),
    Column("g", Boolean, server_default=true()),
    Column("h", Numeric(8, 2), server_default="0"),
    Column("i", DateTime, server_default=func.now()),
    Column("j", String(50), server_default=text("'x:y %s'")),
    Column("l", Float, server_default=text("1.5")),
    Column("m", Integer, server_default=text("-1")),
    Column("n", DateTime(timezone=True), server_default=text("CURRENT_TIMESTAMP")),
    Column("o", Date, server_default=text("'2020-01-01'")),
    Column("p", String(9), server_default="'q'"),
    Column("q", String(9), server_default=text("NULL")),
)
