# sqlite postgresql
"""Foreign keys are looked at later, or at once."""

from sqlalchemy import *

ARGUMENTS = {
    "later": ({}, {"deferrable": True, "initially": "DEFERRED"}),
    "At once": ({"deferrable": True, "initially": "DEFERRED"}, {}),
    "perhaps": ({"deferrable": True}, {"deferrable": True, "initially": "DEFERRED"}),
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


rows = ["INSERT INTO parent VALUES (1)", 'INSERT INTO "At once" VALUES (1, 1)']
before_refuses = ["INSERT INTO later VALUES (1, 2)"]
after_refuses = ['INSERT INTO "At once" VALUES (2, 2)']
