# postgresql
from sqlalchemy import *

metadata = MetaData()

metadata = MetaData(
    schema="app",
    naming_convention={
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(column_0_label)s",
    },
)
Table(
    "a",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("m", Enum("x", "y", name="m", metadata=metadata), index=True),
    Column("c", Integer, CheckConstraint("c > 0", name="positive")),
)
Table(
    "b",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("a", ForeignKey("app.a.id"), unique=True),
    Column("k", String(5), key="other"),
)
