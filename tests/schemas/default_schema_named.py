# sqlite postgresql
from sqlalchemy import *

metadata = MetaData(
    schema="main" if "{driver}".startswith("sqlite") else "public",
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(column_0_label)s",
        "ck": "ck_%(column_0_label)s",
        "fk": "fk_%(column_0_label)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
)

Table(
    "t",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("indexed", Integer, index=True),
    Column("unique", Integer, unique=True),
    Column("both", Integer, index=True, unique=True),
    Column("kind", Enum("a", "b", native_enum=False, create_constraint=True)),
    Column("t", ForeignKey("t.id"), index=True),
    Index("by_hand", "indexed"),
)
