"""The rows of a database, and the keys that come next; what has become of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import URL, text

from support.contents import sql
from support.databases import lasting_engine

POSTGRESQL_TABLES = """
SELECT quote_ident(nspname) || '.' || quote_ident(relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
AND relkind IN ('r', 'p') AND NOT relispartition AND lower(relname) NOT LIKE 'alembic\\_version%'
"""
POSTGRESQL_NEXT = """
SELECT COALESCE(attrelid::regclass || '.' || attname, seqrelid::regclass::text),
    COALESCE(pg_sequence_last_value(seqrelid) + seqincrement, seqstart)
FROM pg_sequence LEFT JOIN pg_depend ON objid = seqrelid AND classid = 'pg_class'::regclass
AND refclassid = classid AND deptype IN ('a', 'i')
LEFT JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
"""
TABLES = {
    "postgresql": POSTGRESQL_TABLES,
    "mysql": "SELECT concat('`', replace(table_name, '`', '``'), '`')"
    " FROM information_schema.tables WHERE table_schema = DATABASE()"
    " AND table_type = 'BASE TABLE' AND table_name <> 'alembic_version'",
    "sqlite": """SELECT '"' || replace(name, '"', '""') || '"' FROM pragma_table_list"""
    " WHERE schema = 'main' AND type IN ('table', 'virtual')"
    " AND name NOT IN ('alembic_version', 'sqlite_schema', 'sqlite_sequence')",
}
Rows = dict[str, list[dict[str, str]]]


def rows(url: URL) -> Rows:
    """Return the rows of each table, as text: 1 and 1.0 are the same, true and 1 too."""
    with lasting_engine(url).connect() as connection:
        found = {}
        for table in connection.scalars(text(TABLES[url.get_backend_name()])).all():
            mappings = connection.execute(sql(f"SELECT * FROM {table}")).mappings().all()
            name = table.removeprefix("public.").replace('"', "").replace("`", "")
            found[name] = [{k: as_text(v) for k, v in row.items()} for row in mappings]
        return found


def as_text(value: Any) -> str:
    """Return a value as text."""
    if isinstance(value, bool | int | float | Decimal):
        number = Decimal(str(int(value) if isinstance(value, bool) else value))
        return f"{number.normalize():f}"
    if isinstance(value, memoryview):
        value = bytes(value)
    return str(value)


def next_values(url: URL) -> dict[str, int]:
    """Return what the next key will be, by table and column, or by a sequence's own name."""
    with lasting_engine(url).connect() as connection:
        if url.get_backend_name() == "postgresql":
            found = connection.execute(text(POSTGRESQL_NEXT)).all()
            return {str(name): int(value) for name, value in found}
        if url.get_backend_name() == "sqlite":
            there = "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"
            if not connection.exec_driver_sql(there).all():
                return {}
            found = connection.exec_driver_sql("SELECT name, seq + 1 FROM sqlite_sequence").all()
            return {str(name): int(value) for name, value in found}
        values = {}
        for table in connection.scalars(text(TABLES["mysql"])).all():
            created = connection.execute(sql(f"SHOW CREATE TABLE {table}")).one()[1]
            if auto := re.search(r" AUTO_INCREMENT=(\d+)", created):
                values[table] = int(auto[1])
        return values


def in_both(before: Rows, after: Rows, renamed: dict[str, str]) -> Rows:
    """Return rows as they were, without the tables and columns that the second form has not."""
    kept = {}
    for table, old in before.items():
        new = after.get(renamed.get(table, table))
        if new:
            there = new[0].keys() | {c for c in old[0] if f"{table}.{c}" in renamed}
            kept[table] = [{c: value for c, value in row.items() if c in there} for row in old]
    return kept


def changed(before: Rows, after: Rows, renamed: dict[str, str], lost: list[str]) -> Iterator[str]:
    """Yield what has become of rows, in the columns that both forms have."""
    for table, old in before.items():
        names = {c: renamed.get(f"{table}.{c}", f"{table}.{c}") for c in (old or [{}])[0]}
        table_now = renamed.get(table, table)
        if table_now not in after:
            continue
        new = after[table_now]
        if len(old) != len(new):
            yield f"{table} has {len(new)} rows, not {len(old)}"
            continue
        pairs = {column: name.rpartition(".")[2] for column, name in names.items()}
        kept = [c for c in pairs if new and pairs[c] in new[0] and f"{table}.{c}" not in lost]
        expected = Counter(tuple(row[c] for c in kept) for row in old)
        found = Counter(tuple(row[pairs[c]] for c in kept) for row in new)
        if expected != found:
            gone, come = next(iter(expected - found)), next(iter(found - expected))
            differ = {c: (a, b) for c, a, b in zip(kept, gone, come, strict=True) if a != b}
            yield f"{table} has other values (was, is): {differ}"
