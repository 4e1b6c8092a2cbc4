# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What PostgreSQL knows of a migration that is half done, or runs."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

from alembic.runtime.migration import MigrationContext
from alembic.util import load_python_file
from sqlalchemy import Connection, text

LOCK = load_python_file(Path(__file__).resolve().parents[1], "lock.py")
# An index that is not valid may be one that somebody builds just now.
INDEXES = text("""
    SELECT indexrelid::regclass::text, indrelid::regclass::text, (
        SELECT min(pid) FROM pg_stat_progress_create_index p
        WHERE p.datid = d.oid AND coalesce(index_relid, indexrelid) = indexrelid
    )
    FROM pg_index JOIN pg_database d ON d.datname = current_database()
    WHERE NOT indisvalid ORDER BY 1
""")
# PostgreSQL 18 has constraints that are NOT ENFORCED, which nobody validates.
CONSTRAINTS = text("""
    SELECT quote_ident(conname), contypid <> 0,
        CASE WHEN contypid <> 0 THEN contypid::regtype::text
        ELSE conrelid::regclass::text END
    FROM pg_constraint c
    WHERE NOT convalidated AND to_jsonb(c) ->> 'conenforced' IS DISTINCT FROM 'false'
    ORDER BY 3, 1
""")
HOLDERS = text("""
    SELECT l.pid, usename, application_name, host(client_addr),
        to_char(backend_start, 'YYYY-MM-DD HH24:MI:SSOF'), state, left(query, 200)
    FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = 0 AND objsubid = 1 AND objid::bigint IN (:key, :older)
    ORDER BY 1
""")


def findings(migration: MigrationContext) -> Iterator[tuple[str, str, str]]:
    """Yield indexes and constraints that are half made, and who holds the lock."""
    connection = cast("Connection", migration.connection)
    for index, table, pid in connection.execute(INDEXES):
        if pid:
            yield "building", index, f"index on {table}: pid {pid} is building one"
        else:
            advice = f"DROP INDEX CONCURRENTLY {index}"
            yield "invalid", index, f"index on {table}, half built: {advice}"
    for constraint, of_domain, owner in connection.execute(CONSTRAINTS):
        alter = f"ALTER {'DOMAIN' if of_domain else 'TABLE'} {owner}"
        advice = f"{alter} VALIDATE CONSTRAINT {constraint}"
        yield "not valid", constraint, f"never validated for older rows: {advice}"
    _, lock = LOCK.identify(migration, 0)
    holders = connection.execute(HOLDERS, {"key": lock.key, "older": lock.older})
    for pid, user, application, host, since, state, query in holders:
        about = "migrates; this role may not see what"
        if state:
            who = " ".join(filter(None, (user, application, host and f"from {host}")))
            about = f"{who}, connected since {since}, {state}: {query}"
        yield "locked", f"pid {pid}", about
