# postgresql
from sqlalchemy import *
from sqlalchemy.dialects import postgresql

metadata = MetaData()

Table(
    "t",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("a", JSON, server_default='{"a":true}'),
    Column("b", postgresql.JSONB, server_default=text("'{}'::jsonb")),
    Column("c", postgresql.ARRAY(Text), server_default="{}"),
    Column("d", Uuid, server_default=func.gen_random_uuid()),
    Column("e", Interval, server_default="1 day"),
    Column("f", DateTime, server_default=text("(now() AT TIME ZONE 'utc')")),
    Column("g", postgresql.JSONB, server_default=text("'{\"a\"\\:1}'")),
)
