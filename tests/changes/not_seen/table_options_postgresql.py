# postgresql
"""Options of tables: storage parameters, partitions, what stands before TABLE."""

from sqlalchemy import *

not_seen = "`postgresql_with`, `postgresql_partition_by` and other options of a table"

OPTIONS = {
    "One": ({"postgresql_with": {"fillfactor": 70}}, {"postgresql_with": {"fillfactor": 80}}),
    "two": ({}, {"postgresql_with": {"autovacuum_enabled": False}}),
    "three": ({"postgresql_with": {"fillfactor": 70}}, {}),
    "parts": ({}, {"postgresql_partition_by": "RANGE (id)"}),
    "unlogged": ({}, {"prefixes": ["UNLOGGED"]}),
}


def tables(metadata, form):
    for name, forms in OPTIONS.items():
        Table(name, metadata, Column("id", Integer, primary_key=True), **forms[form])


def before(metadata):
    tables(metadata, 0)


def after(metadata):
    tables(metadata, 1)


rows = ['INSERT INTO "One" VALUES (1)']
