# sqlite postgresql mysql
from sqlalchemy import *

metadata = MetaData()

t = Table(
    "t",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("a", String(9)),
    Column("b", Integer),
    Column("c", Integer),
)
Index("ix_lower", func.lower(t.c.a))
Index("ix_part", t.c.b, sqlite_where=t.c.c > 5, postgresql_where=t.c.c > 5)
Index("ix_desc", t.c.b.desc())
Index("ix_unique", t.c.b, t.c.c, unique=True)
Index("ix_percent", text("(a || '%')"))
Index("ix_only", t.c.c).ddl_if(dialect="mysql")
