# sqlite postgresql mysql
# with and without a naming convention
"""Foreign keys, unique constraints and indexes come where others were, with names that are too long."""

from sqlalchemy import *

parent = "international_shipment_customs_declaration"
child = "international_shipment_customs_declaration_line"
columns = [f"international_shipment_declaration_{end}_id" for end in ("first", "second", "third")]


def tables(metadata, one, two, three):
    Table(parent, metadata, Column("id", Integer, primary_key=True))
    key = ForeignKey(f"{parent}.id", ondelete="CASCADE")
    Table(
        child,
        metadata,
        Column("id", Integer, primary_key=True),
        Column(columns[0], Integer, *([key] if one else [])),
        Column(columns[1], Integer, unique=two),
        Column(columns[2], Integer, index=three),
        *([] if one else [UniqueConstraint(*columns)]),
    )


def before(metadata):
    tables(metadata, False, True, False)


def after(metadata):
    tables(metadata, True, False, True)


rows = [f"INSERT INTO {parent} VALUES (1)", f"INSERT INTO {child} VALUES (1, 1, 1, 1)"]
after_refuses = [f"INSERT INTO {child} VALUES (2, 2, 1, 1)"]
