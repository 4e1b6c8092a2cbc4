# sqlite postgresql mariadb mysql
import enum

from sqlalchemy import *

metadata = MetaData()


class Mood(enum.Enum):
    sad = 1
    ok = 2


mood = Enum(Mood, name="mood")
Table(
    "a",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("m", mood, nullable=False, server_default="ok"),
)
Table(
    "b",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("m", mood),
    Column("c", Enum("a", "b", name="plain", native_enum=False, create_constraint=True)),
    Column("d", Boolean(create_constraint=True, name="ck_d")),
)
