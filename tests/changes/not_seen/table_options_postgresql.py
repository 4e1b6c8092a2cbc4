# postgresql
"""Options of tables: storage parameters."""

from sqlalchemy import *


def tables(metadata, form):
    one = ({"postgresql_with": {"fillfactor": 70}}, {"postgresql_with": {"fillfactor": 80}})
    two = ({}, {"postgresql_with": {"autovacuum_enabled": False}})
    three = ({"postgresql_with": {"fillfactor": 70}}, {})
    for name, forms in (("One", one), ("two", two), ("three", three)):
        Table(name, metadata, Column("id", Integer, primary_key=True), **forms[form])


def before(metadata):
    tables(metadata, 0)


def after(metadata):
    tables(metadata, 1)


rows = ['INSERT INTO "One" VALUES (1)']
