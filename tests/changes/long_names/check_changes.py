# sqlite postgresql mysql
# with a naming convention
"""CHECKs change whose names the convention makes too long."""

from sqlalchemy import *

table = "subscription_renewal_reminder_preference"
name = "reminder_days_are_before_the_renewal_date"


def t(metadata, low, *more):
    columns = Column("days", Integer), Column("hours", Integer)
    check = CheckConstraint(f"days > {low}", name=name)
    Table(table, metadata, Column("id", Integer, primary_key=True), *columns, check, *more)


def before(metadata):
    t(metadata, 9)


def after(metadata):
    t(metadata, 0, CheckConstraint("hours > 0", name="hours_" + name))


rows = [f"INSERT INTO {table} VALUES (1, 10, 1)"]
before_refuses = [f"INSERT INTO {table} VALUES (2, 5, 1)"]
after_takes = [f"INSERT INTO {table} VALUES (2, 5, 1)"]
after_refuses = [f"INSERT INTO {table} VALUES (2, 0, 1)", f"INSERT INTO {table} VALUES (2, 5, 0)"]
