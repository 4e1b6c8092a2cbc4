# postgresql
"""What stands behind a column of an index: collation, class, order and where NULLs go."""

from sqlalchemy import *

a, data = column("a"), column("data")
ELEMENTS = {
    "collate": ([a], [collate(a, "C")]),
    "collate gone": ([collate(a, "C"), a], [a]),
    "Collate, other": ([collate(a, "C").desc(), func.lower(a)], [collate(a, "POSIX").desc()]),
    "class of an expression": (
        [text("lower(a || ', (') text_pattern_ops DESC NULLS LAST")],
        [text("lower(a || ', (')")],
    ),
    "nulls": ([a.desc().nulls_last()], [a.desc().nulls_first()]),
    "in json": ([text("(data ->> 'a:b')")], [text("(data ->> 'a:c')")]),
}


def tables(metadata, form):
    for name, forms in ELEMENTS.items():
        columns = Column("a", Text), Column("data", JSON)
        Table(name, metadata, Column("id", Integer, primary_key=True), *columns)
        table = metadata.tables[name]
        Index(f"ix {name}", *forms[form], _table=table, unique=True)


def before(metadata):
    tables(metadata, 0)


def after(metadata):
    tables(metadata, 1)


rows = [f"""INSERT INTO "{name}" VALUES (1, 'a'), (2, 'b')""" for name in ELEMENTS]
