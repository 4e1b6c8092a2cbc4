"""What the migrations need from this project. Yours: no `copier update` touches it."""

from typing import Any

from my_app.db import Base

# What autogenerate compares with the database, after it has imported every module below
# `models`: name each package and module that holds some.
target_metadata = Base.metadata
models = ["my_app.models"]

# A function database_url() here would give the URL, in place of DATABASE_URL.

# Seconds to wait for another process that migrates this database, before giving up.
lock_wait = 600

# Seconds to wait for a table that another session uses, and for its rows. While a
# migration waits, every query of that table waits behind it: better fail, and try
# again. One migration waits longer with op.execute("SET lock_wait_timeout = 60"), 0 is
# for ever.
lock_timeout = 5

# Autogenerate asks the server, on empty copies of tables, what stops those who write to
# them: a revision with that is refused until it says why it may. False asks nothing.
online = True

# Arguments for context.configure() beside ours, for example {"include_object": ...}.
options: dict[str, Any] = {}
