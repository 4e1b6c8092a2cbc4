# sqlite postgresql
from sqlalchemy import *

default = "main" if "{driver}".startswith("sqlite") else "public"

metadata = MetaData(schema=default)

parent = Table("parent", metadata, Column("id", Integer, primary_key=True))
Table(
    "child",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("by_column", ForeignKey(parent.c.id)),
    Column("by_name", ForeignKey("parent.id")),
    Column("by_schema", ForeignKey(f"{default}.parent.id"), index=True),
    Column("sibling", ForeignKey("child.id"), unique=True),
)
Table(
    "pair",
    metadata,
    Column("one", Integer, primary_key=True),
    Column("two", Integer, primary_key=True),
    CheckConstraint("one < two"),
)
Table(
    "of_pair",
    metadata,
    Column("one", Integer),
    Column("two", Integer),
    Column("kind", Enum("a", "b", name="kind", metadata=metadata)),
    ForeignKeyConstraint(["one", "two"], ["pair.one", "pair.two"], name="fk_of_pair"),
)
