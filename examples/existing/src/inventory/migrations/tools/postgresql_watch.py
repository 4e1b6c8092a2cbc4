# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What a transaction has locked and written anew on PostgreSQL."""

import re
from collections.abc import Iterator
from typing import Any, cast

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

# By strength: what the lock keeps others from.
MODES = {
    "AccessShareLock": "",
    "RowShareLock": "",
    "RowExclusiveLock": "",
    "ShareUpdateExclusiveLock": "",
    "ShareLock": "stops writes",
    "ShareRowExclusiveLock": "stops writes",
    "ExclusiveLock": "stops writes",
    "AccessExclusiveLock": "stops reads and writes",
}
# The size is that of the last VACUUM: to ask for today's waits for others' locks.
RELATIONS = text("""
    SELECT c.oid, c.oid::regclass::text, relkind IN ('i', 'I'), relfilenode,
        pg_size_pretty(relpages * current_setting('block_size')::bigint)
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'm', 'i', 'I') AND nspname !~ '^pg_'
    AND nspname <> 'information_schema'
""")
LOCKS = text("""
    SELECT relation, mode FROM pg_locks WHERE locktype = 'relation' AND granted
    AND pid = pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
""")


class Watch:
    """What there is, to be compared with what there is after a revision."""

    def __init__(self, migration: MigrationContext, *, in_one: bool) -> None:
        """Look at what is there, before revisions that may be in one transaction."""
        self.connection = cast("Connection", migration.connection)
        self.versions = migration.version_table
        self.in_one = in_one
        self.locks: set[tuple[int, str]] = set()
        self.relations = self.read()

    def read(self) -> dict[int, tuple[Any, ...]]:
        """Return the name, kind, file and size of each table and index."""
        return {oid: tuple(row) for oid, *row in self.connection.execute(RELATIONS)}

    def limit(self, seconds: float) -> None:
        """Have no statement of this transaction take longer."""
        query = text("SELECT set_config('statement_timeout', :limit, true)")
        self.connection.execute(query, {"limit": f"{seconds * 1000:.0f}"})

    def look(self) -> Iterator[str]:
        """Yield the locks that are new, and what was written anew."""
        locks = {(oid, mode) for oid, mode in self.connection.execute(LOCKS)}
        strongest: dict[int, str] = {}
        for oid, mode in sorted(locks - self.locks, key=lambda each: each[1]):
            if oid not in strongest or strength(mode) > strength(strongest[oid]):
                strongest[oid] = mode
        for oid, mode in strongest.items():
            name, is_index, *_ = self.relations.get(oid, ("", True))
            if not is_index and strength(mode) and not name.endswith(self.versions):
                spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", mode.removesuffix("Lock"))
                effect = f": {MODES[mode]}" if MODES[mode] else ""
                yield f"{spaced.upper()} on {name}{effect}"
        relations = self.read()
        for oid, (name, is_index, file, size) in self.relations.items():
            if oid in relations and relations[oid][2] != file:
                kind = "index" if is_index else "table"
                yield f"{kind} {name} is written anew, about {size}"
        self.locks = locks if self.in_one else set()  # or let go of by then
        self.relations = relations


def strength(mode: str) -> int:
    """Return 0 for the weakest lock, which reading takes."""
    return [*MODES].index(mode)
