# sqlite postgresql mysql
# with a naming convention
"""A text key and all that refers to it gets longer, another gets another collation or NOT NULL."""

from sqlalchemy import *


def tables(metadata, length, nullable):
    Table(
        "Country",
        metadata,
        Column("code", String(length), primary_key=True),
        Column("Name", String(length), nullable=nullable, unique=True),
    )
    Table(
        "city",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("country", ForeignKey("Country.code"), nullable=nullable, index=True),
        Column("Name", ForeignKey("Country.Name", onupdate="CASCADE"), unique=True),
    )


def before(metadata):
    tables(metadata, 2, True)


def after(metadata):
    tables(metadata, 3, False)


country = "`Country`" if "{driver}"[0] == "m" else '"Country"'
rows = [f"INSERT INTO {country} VALUES ('ch', 'CH')", "INSERT INTO city VALUES (1, 'ch', 'CH')"]
after_refuses = ["INSERT INTO city VALUES (2, 'xx', NULL)"]
before_refuses = after_refuses
