# mysql
"""Each option of a table, in a table of its own."""

from sqlalchemy import *

not_seen = "`mysql_engine`, `mysql_charset`, `mysql_row_format` and other options of a table"

OPTIONS = {
    "engine": ({"mysql_engine": "MyISAM"}, {"mysql_engine": "InnoDB"}),
    "charset": ({"mysql_charset": "latin1"}, {"mysql_charset": "utf8mb4"}),
    "Collate": (
        {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_general_ci"},
        {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"},
    ),
    "row_format": ({"mysql_row_format": "DYNAMIC"}, {"mysql_row_format": "COMPRESSED"}),
}


def tables(metadata, form):
    for name, forms in OPTIONS.items():
        column = Column("a", String(20))
        Table(name, metadata, Column("id", Integer, primary_key=True), column, **forms[form])


def before(metadata):
    tables(metadata, 0)


def after(metadata):
    tables(metadata, 1)


rows = [f"INSERT INTO `{name}` VALUES (1, 'é')" for name in OPTIONS]
