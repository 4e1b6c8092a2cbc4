# sqlite postgresql mariadb mysql
import enum

from sqlalchemy import *
from sqlalchemy.dialects import postgresql

metadata = MetaData()


class Guid(TypeDecorator):
    impl = CHAR
    cache_ok = True

    def load_dialect_impl(self, dialect):
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID())
        return dialect.type_descriptor(CHAR(36))


class Nested(TypeDecorator):
    impl = Guid
    cache_ok = True


class Short(TypeDecorator):
    impl = String
    cache_ok = True

    def __init__(self, size, owner):
        self.owner = owner
        super().__init__(size)


class Own(String):
    def __init__(self, weird=None):
        super().__init__(length=weird and weird.value)


class Size(enum.Enum):
    BIG = 99


Table(
    "t",
    metadata,
    Column("id", Guid, primary_key=True),
    Column("n", Nested),
    Column("s", Short(7, object())),
    Column("o", Own(Size.BIG)),
    Column("j", JSON().with_variant(postgresql.JSONB(), "postgresql")),
    Column("d", Short(9, 1).with_variant(Text(), "sqlite")),
    Column("v", Text().with_variant(Short(9, 1), "postgresql")),
    Column("e", Enum("a", name="e").with_variant(Short(9, 1), "sqlite")),
    Column("i", Interval),
    Column("p", PickleType),
)
