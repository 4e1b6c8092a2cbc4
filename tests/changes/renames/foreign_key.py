# sqlite postgresql mysql
# with and without a naming convention
"""Columns with foreign keys and indexes are renamed by the line that is printed, and back."""

from sqlalchemy import *

renames = True


def tables(metadata, name, other):
    Table("Author", metadata, Column("id", Integer, primary_key=True))
    Table(
        "book",
        metadata,
        Column("id", Integer, primary_key=True),
        Column(name, ForeignKey("Author.id", ondelete="CASCADE"), index=True),
        Column(other, String(20), unique=True),
    )


def before(metadata):
    tables(metadata, "author_id", "title")


def after(metadata):
    tables(metadata, "Writer", "the title")


author = "`Author`" if "{driver}"[0] == "m" else '"Author"'
rows = [f"INSERT INTO {author} VALUES (1), (2)", "INSERT INTO book VALUES (1, 2, 'a')"]
renamed = {"book.author_id": "book.Writer", "book.title": "book.the title"}
before_refuses = ["INSERT INTO book VALUES (2, 3, 'b')", "INSERT INTO book VALUES (2, 1, 'a')"]
after_refuses = before_refuses
