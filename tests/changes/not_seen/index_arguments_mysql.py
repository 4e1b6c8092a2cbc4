# mysql
"""Each argument of an index, in a table of its own."""

from sqlalchemy import *

ARGUMENTS = {
    "length": ({"mysql_length": 10}, {"mysql_length": 20}),
    "no_length": ({"mysql_length": {"a": 10}}, {}),
    "All of it": ({"mysql_length": 99}, {}),
    "Full Text": ({}, {"mysql_prefix": "FULLTEXT"}),
    "no_full_text": ({"mysql_prefix": "FULLTEXT"}, {}),
    "unique": ({"unique": True}, {}),
}


def tables(metadata, form):
    for name, forms in ARGUMENTS.items():
        table = Table(
            name, metadata, Column("id", Integer, primary_key=True), Column("a", String(99))
        )
        Index(f"ix {name}", table.c.a, **forms[form])


def before(metadata):
    tables(metadata, 0)


def after(metadata):
    tables(metadata, 1)


rows = [f"INSERT INTO `{name}` VALUES (1, 'a')" for name in ARGUMENTS]
