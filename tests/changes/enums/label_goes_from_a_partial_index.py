# postgresql
"""A label goes, and an index compares with another one."""

from sqlalchemy import *


def t(metadata, *labels):
    status = Enum(*labels, name="job_status")
    t = Table(
        "Job",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("status", status, nullable=False, server_default="new"),
        Column("key", Integer),
    )
    Index("one_open", t.c.key, unique=True, postgresql_where=t.c.status == "new")
    Index("by status", t.c.status, t.c.key.desc(), postgresql_where=text("status <> 'done'"))
    Index("as_text", text("(status::text || 'x')"))


def before(metadata):
    t(metadata, "new", "paused", "done")


def after(metadata):
    t(metadata, "new", "done")


rows = ["""INSERT INTO "Job" VALUES (1, 'new', 1), (2, 'done', 1), (3, 'done', 1)"""]
before_refuses = ["""INSERT INTO "Job" (id, key) VALUES (4, 1)"""]
after_refuses = [*before_refuses, """INSERT INTO "Job" (id, status) VALUES (4, 'paused')"""]
