# sqlite postgresql mysql
# with and without a naming convention
"""Foreign keys do something else when their row goes or changes."""

from sqlalchemy import *

ARGUMENTS = {
    "on_delete": ({}, {"ondelete": "CASCADE"}),
    "other_on_delete": ({"ondelete": "CASCADE"}, {"ondelete": "SET NULL"}),
    "no_on_delete": ({"ondelete": "CASCADE"}, {}),
    "On Update": ({}, {"onupdate": "CASCADE"}),
    "no_on_update": ({"onupdate": "CASCADE"}, {}),
    "both": ({"ondelete": "CASCADE", "onupdate": "CASCADE"}, {"ondelete": "SET NULL"}),
}


def tables(metadata, form):
    Table("parent", metadata, Column("id", Integer, primary_key=True))
    for name, forms in ARGUMENTS.items():
        column = Column("parent_id", ForeignKey("parent.id", **forms[form]))
        Table(name, metadata, Column("id", Integer, primary_key=True), column)


def before(metadata):
    tables(metadata, 0)


def after(metadata):
    tables(metadata, 1)


quote = "`" if "{driver}"[0] == "m" else '"'
names = [f"{quote}{name}{quote}" for name in ARGUMENTS]
rows = ["INSERT INTO parent VALUES (1), (2)", *(f"INSERT INTO {n} VALUES (1, 1)" for n in names)]
after_refuses = [f"INSERT INTO {name} VALUES (2, 3)" for name in names]
before_refuses = after_refuses
