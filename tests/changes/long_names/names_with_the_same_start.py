# sqlite postgresql mysql
# with a naming convention
"""Names that the convention makes too long, and that differ behind the limit alone."""

from sqlalchemy import *

table = "organisation_membership_invitation_reminder"
columns = [f"the_date_and_time_of_the_first_message_{end}" for end in ("sent", "read")]


def t(metadata, sent, read, **options):
    Table(
        table,
        metadata,
        Column("id", Integer, primary_key=True),
        Column(columns[0], Integer, **options),
        Column(columns[1], Integer, **options),
        CheckConstraint(f"{columns[0]} > {sent}", name=f"{columns[0]}_is_late"),
        CheckConstraint(f"{columns[1]} > {read}", name=f"{columns[1]}_is_late"),
    )


def before(metadata):
    t(metadata, 0, 9)


def after(metadata):
    t(metadata, 9, 0, index=True, unique=True)


rows = [f"INSERT INTO {table} VALUES (1, 10, 10)"]
before_refuses = [
    f"INSERT INTO {table} VALUES (2, 0, 11)",
    f"INSERT INTO {table} VALUES (2, 11, 9)",
]
after_refuses = [f"INSERT INTO {table} VALUES (2, 9, 11)", f"INSERT INTO {table} VALUES (2, 11, 0)"]
