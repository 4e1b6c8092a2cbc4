# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How long a statement waits for a table on PostgreSQL: it depends on its kind."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, event

COMMENTS = r"(\s|--[^\n]*\n|/\*([^*]|\*(?!/))*\*/)*"
# While one of these waits for a table, all traffic of the table waits behind it.
BLOCKING = re.compile(
    COMMENTS + r"(TRUNCATE|REFRESH|(ALTER|DROP)\s+(\w+\s+)?(TABLE|INDEX|VIEW|TRIGGER)"
    r"|CREATE\s+(\w+\s+){0,2}(TRIGGER|RULE|POLICY|INDEX(?!.*transaction_per_chunk)))\b",
    re.IGNORECASE | re.DOTALL,
)
# Nothing waits behind these, and they wait for long transactions.
HARMLESS = re.compile(
    COMMENTS + r"((CREATE|DROP|REINDEX|REFRESH)\b[^']*[\s(]CONCURRENTLY\b"
    r"|ALTER\s+TABLE\b[^,']*\s(VALIDATE\s+CONSTRAINT\b[^,']*|CONCURRENTLY\s*;?\s*)$)",
    re.IGNORECASE,
)


@contextmanager
def limited(migration: MigrationContext, seconds: float) -> Iterator[None]:
    """Limit the wait for tables, but for statements behind which nothing waits.

    Always in a transaction, because a pooler gives a session's settings to others.
    """
    connection = cast("Connection", migration.connection)
    limit = f"SET LOCAL lock_timeout = {seconds * 1000:.0f}"
    # By the owner of the transaction, by the migration's own setting, or because the
    # migration has locked a table already, for which others may wait.
    fixed = connection.in_transaction()

    def begin(_: Connection) -> None:
        nonlocal fixed
        if not in_autocommit(connection):
            connection.exec_driver_sql(limit)
        fixed = False

    def before(
        _: Connection, __: object, statement: str, parameters: Any, *___: object
    ) -> tuple[str, Any]:
        nonlocal fixed
        autocommit = in_autocommit(connection)
        if "lock_timeout" in statement.lower():
            fixed = True
        elif not fixed and HARMLESS.match(statement):
            if not autocommit:
                connection.connection.cursor().execute("SET LOCAL lock_timeout = 0")
        elif not fixed and BLOCKING.match(statement):
            if autocommit:
                body = f"{limit};\n{statement.rstrip().rstrip(';')};"
                statement = f"DO $migration$BEGIN {body}\nEND$migration$"
            fixed = not autocommit
        return statement, parameters

    def after(_: Connection, __: object, statement: str, *___: object) -> None:
        if not (fixed or in_autocommit(connection)) and HARMLESS.match(statement):
            connection.connection.cursor().execute(limit)

    with ExitStack() as stack:
        for name, listener, retval in (
            ("begin", begin, False),
            ("before_cursor_execute", before, True),
            ("after_cursor_execute", after, False),
        ):
            event.listen(connection, name, listener, retval=retval)
            stack.callback(event.remove, connection, name, listener)
        yield


def in_autocommit(connection: Connection) -> bool:
    """Return whether an autocommit_block() runs."""
    return connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
