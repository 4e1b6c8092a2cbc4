# postgresql
"""Each argument of an index, one index each."""

from sqlalchemy import *

ARGUMENTS = {
    "include": ({"postgresql_include": ["b"]}, {"postgresql_include": ["b", "c"]}),
    "include gone": ({"postgresql_include": ["b"]}, {}),
    "using": ({"postgresql_using": "btree"}, {"postgresql_using": "hash"}),
    "ops": ({}, {"postgresql_ops": {"a": "text_pattern_ops"}}),
    "ops gone": ({"postgresql_ops": {"a": "text_pattern_ops"}}, {}),
    "nulls": ({"unique": True}, {"unique": True, "postgresql_nulls_not_distinct": True}),
    "nulls gone": ({"unique": True, "postgresql_nulls_not_distinct": True}, {"unique": True}),
    "with": ({"postgresql_with": {"fillfactor": 70}}, {"postgresql_with": {"fillfactor": 80}}),
    "with gone": ({"postgresql_with": {"fillfactor": 70}}, {}),
    "where": ({"postgresql_where": text("c > 1")}, {"postgresql_where": text("c > 2")}),
}


def tables(metadata, form):
    for name, forms in ARGUMENTS.items():
        columns = Column("a", Text), Column("b", Text), Column("c", Integer)
        table = Table(name, metadata, Column("id", Integer, primary_key=True), *columns)
        Index(f"ix {name}", table.c.a, **forms[form])


def before(metadata):
    tables(metadata, 0)


def after(metadata):
    tables(metadata, 1)


rows = [
    f"""INSERT INTO "{name}" VALUES (1, 'a', 'b', 3), (2, 'b', NULL, 4)""" for name in ARGUMENTS
]
