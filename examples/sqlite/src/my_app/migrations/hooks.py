"""What the migrations need from this project. Yours: no `copier update` touches it."""

from typing import Any

from my_app.db import DEFAULT_URL, Base

# What autogenerate compares with the database, after it has imported every module below
# `models`: name each package and module that holds some.
target_metadata = Base.metadata
models = ["my_app.models"]

# The database when neither MIGRATIONS_DATABASE_URL nor DATABASE_URL is set.
default_url = DEFAULT_URL

# A function database_url() here would give the URL, in place of DATABASE_URL.

# Seconds to wait for another process that migrates this database, before giving up.
lock_wait = 600

# Arguments for context.configure() beside ours, for example {"include_object": ...}.
options: dict[str, Any] = {}
