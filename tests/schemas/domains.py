# postgresql
from sqlalchemy import *
from sqlalchemy.dialects.postgresql import ARRAY, DOMAIN

metadata = MetaData()

code = DOMAIN(
    "us_postal_code",
    Text,
    check=r"VALUE ~ '^\d{5}$' OR VALUE ~ '^\d{5}-\d{4}$' OR VALUE LIKE '%:x%'",
)
short = DOMAIN("short", String(7), default="it's", not_null=True, collation="C")
positive = DOMAIN("Positive number", Integer, check=text("VALUE > 0"), constraint_name="above zero")
small = DOMAIN("small", positive, check="VALUE < 100")
mood = DOMAIN(
    "good_mood", Enum("ok", "great", name="mood", metadata=metadata), default=text("'ok'")
)
elsewhere = DOMAIN("amount", Numeric(8, 2), default=text("0"), schema="of_types")
tags = DOMAIN("tags", ARRAY(Text), check="cardinality(VALUE) < 9")


class Code(TypeDecorator):
    impl = code
    cache_ok = True


Table(
    "t",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", code, index=True),
    Column("decorated", Code, unique=True),
    Column("codes", ARRAY(code)),
    Column("short", short),
    Column("named", short, nullable=False, server_default="y"),
    Column("positive", positive, CheckConstraint("positive < 9", name="under_nine")),
    Column("small", small, server_default=text("7")),
    Column("mood", mood),
    Column("amount", elsewhere),
    Column("variant", Text().with_variant(tags, "postgresql")),
)
Table("u", metadata, Column("small", small, primary_key=True), Column("code", code))
