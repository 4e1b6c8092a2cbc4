"""What the migrations need from this project. Yours: no `copier update` touches it."""

from typing import Any

from inventory.tables import metadata

# What autogenerate compares with the database, after it has imported every module below
# `models`: name each package and module that holds some.
target_metadata = metadata
models = ["inventory.tables"]

# A function database_url() here would give the URL, in place of DATABASE_URL.

# Seconds to wait for another process that migrates this database, and for a table that
# another session uses, before giving up.
lock_wait = 600

# Seconds of one try to get such a table. While a migration waits, every query of that
# table waits behind it: so it is undone, lets them pass, and is run again. A migration
# waits longer with op.execute("SET LOCAL lock_timeout = '1min'"), 0 is for ever.
lock_timeout = 1

# Autogenerate changes tables in use so that nobody waits: CONCURRENTLY, NOT VALID, in
# revisions of their own. False is for the short form, which locks them meanwhile.
online = True

# Arguments for context.configure() beside ours, for example {"include_object": ...}.
options: dict[str, Any] = {}
