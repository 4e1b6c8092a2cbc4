# sqlite
"""A table is made anew under views of it, views of views, and a trigger in the place of one."""

from sqlalchemy import *


def t(metadata, type_):
    columns = Column("Name", type_), Column("age", Integer)
    Table("person", metadata, Column("id", Integer, primary_key=True), *columns)


def before(metadata):
    t(metadata, String(9))


def after(metadata):
    t(metadata, Text)


rows = ["INSERT INTO person VALUES (1, 'a', 20), (2, 'b', 10)"]
by_hand = [
    """CREATE VIEW grown AS SELECT id, "Name" AS name FROM person WHERE age > 17""",
    """CREATE VIEW "all grown" AS SELECT p.* FROM person p JOIN grown g ON g.id = p.id""",
    "CREATE TRIGGER instead INSTEAD OF INSERT ON grown BEGIN"
    """ INSERT INTO person ("Name", age) VALUES (new.name, 18); END""",
]
undo_by_hand = ['DROP VIEW "all grown"', "DROP VIEW grown"]
after_takes = ["INSERT INTO grown (name) VALUES ('c')", 'SELECT * FROM "all grown"']
before_takes = after_takes
