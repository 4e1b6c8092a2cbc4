# postgresql
import enum

from sqlalchemy import *
from sqlalchemy.dialects import postgresql

metadata = MetaData()


class Inner(TypeDecorator):
    impl = Integer
    cache_ok = True


class Mood(enum.Enum):
    sad = 1
    ok = 2


P = postgresql
Table(
    "t",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("a", ARRAY(Inner)),
    Column("b", P.ARRAY(ARRAY(Text), dimensions=2)),
    Column("c", P.HSTORE(text_type=Text())),
    Column("d", P.JSONB),
    Column("e", P.TSVECTOR),
    Column("f", P.INET),
    Column("g", P.INTERVAL(fields="DAY TO SECOND", precision=3)),
    Column("h", ARRAY(Enum(Mood))),
    Column("i", P.DATERANGE),
    Column("j", P.BIT(3)),
    Column("k", P.TIMESTAMP(precision=2, timezone=True)),
    Column("l", P.OID),
    Column("m", P.BYTEA),
    Column("n", P.MONEY),
    Column("o", P.DOUBLE_PRECISION),
    Column("p", P.ENUM("x", "y's", "z:z", "%", name="odd name")),
    Column("q", P.CITEXT) if 0 else Column("q", Uuid),
    Column("r", Text(collation="C")),
    Column("s", Numeric(10, 3)),
    Column("t", Float(53)),
    Column("u", P.INT4MULTIRANGE),
    Column("w", String().with_variant(P.VARCHAR(8), "postgresql")),
    Column("x", SmallInteger),
    Column("y", Time(timezone=True)),
    Column("z", LargeBinary),
)
