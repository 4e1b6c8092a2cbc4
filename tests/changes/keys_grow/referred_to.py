# sqlite postgresql mysql
"""Integer keys become BigInteger, and so do the foreign keys that lead to them."""

from sqlalchemy import *


def tables(metadata, key):
    Table(
        "author",
        metadata,
        Column("id", key, primary_key=True),
        Column("boss_id", ForeignKey("author.id", ondelete="SET NULL")),
        Column("name", String(20), unique=True),
    )
    Table(
        "Book: 1%",
        metadata,
        Column("id", key, primary_key=True),
        Column(
            "author_id", ForeignKey("author.id", ondelete="CASCADE"), nullable=False, index=True
        ),
        Column("Editor", ForeignKey("author.id")),
    )
    Table(
        "part",
        metadata,
        Column("book", ForeignKey("Book: 1%.id"), primary_key=True),
        Column("number", Integer, primary_key=True),
    )


def before(metadata):
    tables(metadata, Integer)


def after(metadata):
    # SQLite counts in INTEGER alone.
    tables(metadata, BigInteger().with_variant(Integer, "sqlite"))


if "{driver}"[0] == "s":
    silent = True
quote = "`" if "{driver}"[0] == "m" else '"'
books = f"{quote}Book: 1%{quote}"
rows = [
    "INSERT INTO author (boss_id, name) VALUES (NULL, 'a'), (NULL, 'b')",
    "UPDATE author SET boss_id = 1 WHERE id = 2",
    f"INSERT INTO {books} (author_id, {quote}Editor{quote}) VALUES (1, 2), (2, NULL)",
    "INSERT INTO part VALUES (1, 1), (2, 1)",
]
after_takes = ["INSERT INTO author (name) VALUES ('c')"]
if "{driver}"[0] != "s":
    after_takes += ["INSERT INTO author (id, name) VALUES (3000000000, 'c')"]
before_refuses = [f"INSERT INTO {books} (author_id) VALUES (9)", "INSERT INTO part VALUES (9, 9)"]
after_refuses = before_refuses
