# sqlite postgresql mysql
# with and without a naming convention
"""A table and the column that refers to it go in one revision; with an index, a CHECK, a rest."""

from sqlalchemy import *


def before(metadata):
    Table("team", metadata, Column("id", Integer, primary_key=True), Column("name", String(9)))
    Table(
        "member",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("team_id", ForeignKey("team.id", ondelete="CASCADE"), index=True),
        Column("name", String(9)),
    )


def after(metadata):
    columns = Column("name", String(9), nullable=False), Column("new", Integer, unique=True)
    Table("member", metadata, Column("id", Integer, primary_key=True), *columns)


rows = ["INSERT INTO team VALUES (1, 'a')", "INSERT INTO member VALUES (1, 1, 'b'), (2, NULL, 'c')"]
before_refuses = ["INSERT INTO member (team_id) VALUES (2)"]
after_takes = ["INSERT INTO member (id, name) VALUES (3, 'd')"]
