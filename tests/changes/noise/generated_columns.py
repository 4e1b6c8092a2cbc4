# sqlite postgresql mysql
"""Generated columns of several lines, with casts, functions and comments: nothing is wanted."""

from sqlalchemy import *

silent = True
LINES = """
    CASE
        WHEN amount IS NULL -- not known
        THEN 0
        ELSE price * amount
    END
"""


def before(metadata):
    price = Column("price", Integer)
    Table(
        "line",
        metadata,
        Column("id", Integer, primary_key=True),
        price,
        Column("amount", Integer),
        Column("Name", String(20)),
        Column("open", Integer, Computed(LINES, persisted=True)),
        Column("Sum", Integer, Computed("price\n + amount", persisted=True)),
        Column("up", String(20), Computed(func.upper(column("Name")), persisted=True)),
        Column("half", Numeric(10, 2), Computed("price / 2.0", persisted=True)),
        Column("twice", Integer, Computed(func.coalesce(price * 2, 0), persisted=True)),
        Column("cast", String(20), Computed("CAST(price AS CHAR(9))", persisted=True)),
    )


after = before
