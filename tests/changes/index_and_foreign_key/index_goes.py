# sqlite postgresql mysql
# with a naming convention
"""The index of a foreign key goes, another becomes unique, a third is unique no longer."""

from sqlalchemy import *


def tables(metadata, one, two, three):
    Table("parent", metadata, Column("id", Integer, primary_key=True))
    columns = [
        Column(name, ForeignKey("parent.id", name=f"to {name}"), **options)
        for name, options in (("a", one), ("Select", two), ("c", three))
    ]
    Table("child", metadata, Column("id", Integer, primary_key=True), *columns)


def before(metadata):
    tables(metadata, {"index": True}, {"index": True}, {"unique": True})


def after(metadata):
    tables(metadata, {}, {"index": True, "unique": True}, {"index": True})


rows = ["INSERT INTO parent VALUES (1), (2)", "INSERT INTO child VALUES (1, 1, 1, 1)"]
before_refuses = ["INSERT INTO child VALUES (2, 1, 2, 1)"]
after_takes = ["INSERT INTO child VALUES (2, 1, 2, 1)"]
after_refuses = ["INSERT INTO child VALUES (2, 2, 1, 2)"]
