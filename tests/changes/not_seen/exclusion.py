# postgresql
"""An EXCLUDE constraint has another operator, another condition, and one comes without a name."""

from sqlalchemy import *
from sqlalchemy.dialects.postgresql import INT4RANGE, ExcludeConstraint

not_seen = "`ExcludeConstraint`"


def t(metadata, *constraints):
    columns = Column("r", INT4RANGE), Column("Other", INT4RANGE), Column("n", Integer)
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns, *constraints)


def before(metadata):
    t(
        metadata,
        ExcludeConstraint(("r", "&&"), using="gist", name="no overlap"),
        ExcludeConstraint(("Other", "&&"), using="gist", where=text("n > 5"), name="some"),
    )


def after(metadata):
    t(
        metadata,
        ExcludeConstraint(("r", "-|-"), using="gist", name="no overlap"),
        ExcludeConstraint(("Other", "&&"), using="gist", where=text("n > 1"), name="some"),
    )


rows = ["INSERT INTO t VALUES (1, '[1,3)', '[1,3)', 1), (2, '[5,8)', '[1,5)', 1)"]
before_refuses = ["INSERT INTO t (r) VALUES ('[2,4)')"]
after_refuses = ["INSERT INTO t (r) VALUES ('[8,9)')"]
