# postgresql
from sqlalchemy import *
from sqlalchemy.dialects import postgresql

metadata = MetaData()

from sqlalchemy.dialects.postgresql import ExcludeConstraint

t = Table(
    "t",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("a", String(9)),
    Column("j", postgresql.JSONB),
    Column("b", Integer),
    Column("r", postgresql.INT4RANGE),
    UniqueConstraint("b", postgresql_nulls_not_distinct=True, name="uq_b"),
    ExcludeConstraint(("r", "&&"), using="gist", name="no_overlap"),
)
Index("ix_inc", t.c.b, postgresql_include=["a"])
Index("ix_gin", t.c.j, postgresql_using="gin")
Index("ix_ops", t.c.a, postgresql_ops={"a": "varchar_pattern_ops"})
Index("ix_expr", func.coalesce(t.c.a, "x"), t.c.b)
Index("ix_cast", text("(j ->> 'k')"))
