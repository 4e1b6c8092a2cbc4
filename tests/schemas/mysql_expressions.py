# mysql
from sqlalchemy import *
from sqlalchemy.dialects import mysql

metadata = MetaData()

t = Table(
    "t",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("doc", JSON, nullable=False, server_default=text("(json_object('a', 'b:c %'))")),
    Column("name", String(50), Computed("doc->>'$.name'")),
    Column("it's", String(9), Computed("concat('it''s', '\\\\ %')", persisted=True)),
    Column("code", String(36), server_default=text("uuid()")),
    Column("day", Date, server_default=text("(curdate() + interval 1 day)")),
    Column("at", mysql.DATETIME(fsp=6), server_default=func.now(6)),
    Column("bits", mysql.BIT(3), server_default=text("b'101'")),
    Column("n", Integer, CheckConstraint("n in (1, 2) or n is null")),
    Index("ix_unique", text("(concat(code, '\\\\', 'it''s %'))"), unique=True),
    Index("ix_many", text("(cast(doc->'$.ids' as unsigned array))")),
    Index("ix_sum", text("(n + 1) desc"), "id"),
)
Index("ix_lower", func.lower(t.c.code), t.c.n.desc())
