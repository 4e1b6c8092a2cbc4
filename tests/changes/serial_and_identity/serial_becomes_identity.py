# postgresql
"""SERIAL keys become Identity(), by default and always: the next value is the next."""

from sqlalchemy import *

LONG = "The Items of a Subscription That Is Renewed Once in a Month"


def tables(metadata, *identity):
    for name in ("t", "The Table", "Order: 1%", LONG):
        id_ = Column("Id", Integer, *identity, primary_key=True)
        Table(name, metadata, id_, Column("n", Integer), schema="Other" if name == "t" else None)
    column = Column("t", ForeignKey("The Table.Id"))
    Table("child", metadata, Column("id", Integer, primary_key=True), column)


def before(metadata):
    tables(metadata)


def after(metadata):
    tables(metadata, Identity())


names = ('"Other".t', '"The Table"', '"Order: 1%"', f'"{LONG}"')
rows = [
    *(f"INSERT INTO {name} (n) VALUES (1), (2), (3)" for name in names),
    *(f"""DELETE FROM {name} WHERE "Id" = 3""" for name in names),
    "INSERT INTO child (t) VALUES (1)",
]
after_takes = [f"INSERT INTO {name} (n) VALUES (4)" for name in names]
before_takes = after_takes
