# mariadb mysql
"""Columns of JSON get a comment, a default, NOT NULL, and stay JSON; others become JSON or text."""

from sqlalchemy import *


def t(metadata, commented, required, default, becomes, no_longer):
    Table(
        "It's",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("commented", JSON, comment=commented),
        Column("Order", JSON, nullable=not required),
        Column("default", JSON, server_default=default),
        Column("becomes", becomes),
        Column("no longer", no_longer),
    )


def before(metadata):
    t(metadata, None, False, text("('{}')"), Text, JSON)


def after(metadata):
    t(metadata, "it's: 100%", True, text("('[]')"), JSON, Text)


rows = ["""INSERT INTO `It's` VALUES (1, '{"a": 1}', '[]', '{}', '"x"', '1')"""]
insert = "INSERT INTO `It's` (`Order`, `{column}`) VALUES ('[]', '{value}')"
broken = [insert.format(column=name, value="{") for name in ("commented", "default")]
broken += ["INSERT INTO `It's` (`Order`) VALUES ('{')"]
before_takes = [insert.format(column="becomes", value="{")]
before_refuses = [*broken, insert.format(column="no longer", value="{")]
after_takes = [insert.format(column="no longer", value="{")]
after_refuses = [*broken, insert.format(column="becomes", value="{")]
