# sqlite postgresql mysql
# with and without a naming convention
"""A column with a foreign key goes; its table has another foreign key, and refers to itself."""

from sqlalchemy import *


def tables(metadata, *more):
    Table("team", metadata, Column("id", Integer, primary_key=True))
    Table(
        "member",
        metadata,
        Column("id", Integer, primary_key=True),
        *more,
        Column("other", ForeignKey("team.id", ondelete="SET NULL")),
        Column("boss", ForeignKey("member.id")),
    )


def before(metadata):
    tables(metadata, Column("team_id", ForeignKey("team.id")))


def after(metadata):
    tables(metadata)


rows = ["INSERT INTO team VALUES (1)", "INSERT INTO member VALUES (1, 1, 1, NULL), (2, 1, NULL, 1)"]
before_refuses = ["INSERT INTO member (team_id) VALUES (2)"]
after_refuses = ["INSERT INTO member (other) VALUES (2)", "INSERT INTO member (boss) VALUES (7)"]
