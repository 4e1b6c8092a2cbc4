# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What MySQL and MariaDB say of a change of a table: they are asked on a copy."""

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from copy import copy
from io import StringIO
from typing import Any, cast

from alembic.operations import Operations, ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.exc import DBAPIError

from .operations import OpList, as_server_gets_it, is_executed

log = logging.getLogger("alembic.autogenerate")
COPY = "alembic_copy"  # of a table, empty: the server has no answers for temporary ones
LOCKS = (1845, 1846)  # the server's numbers of "LOCK=NONE is not supported"
NAME = r"(?:`(?:[^`]|``)+`|[^\s`.(]+)"
CHANGE = re.compile(
    rf"(ALTER TABLE |(?:CREATE (?:\w+ )?|DROP )INDEX {NAME} ON )"
    rf"({NAME}(?:\.{NAME})?)(.*)",
    re.DOTALL,
)


def answers(
    context: MigrationContext, operations: OpList, empty: OpList
) -> Iterator[str]:
    """Yield why each change of a table that is there stops others, or nothing."""
    if not operations:
        return
    connection = cast("Connection", context.connection)
    copies: dict[str, str | None] = {}
    checks = connection.exec_driver_sql("SELECT @@foreign_key_checks").scalar()
    try:
        for op in operations:
            asked = 0 if op in empty else checks  # as the revision will have it
            connection.exec_driver_sql(f"SET foreign_key_checks = {asked}")
            for statement in as_sql(context, op):
                if not (change := CHANGE.match(statement)):
                    continue
                what, table, how = change.groups()
                if table not in copies:
                    number = len(copies)
                    copies[table] = copy_of(connection, table, number)
                if name := copies[table]:
                    # Names of constraints are the schema's, and taken.
                    how = re.sub(rf"^ ADD CONSTRAINT {NAME} ", " ADD ", how)
                    reason = ask(connection, what, f"{name}{how}")
                    said = as_server_gets_it(statement, context.dialect)
                    during = f"nobody can write to {table} during {said}"
                    yield "" if reason is None else f"{during} ({reason})"
    finally:
        connection.exec_driver_sql(f"SET foreign_key_checks = {checks}")
        for name in filter(None, copies.values()):
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")


def copy_of(connection: Connection, table: str, number: int) -> str | None:
    """Make an empty copy of a table beside it, if it is there, and return its name."""
    schema, dot, _ = table.rpartition(".")
    name = f"{schema}{dot}{COPY}_{number}"
    try:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE TABLE {name} LIKE {table}")
    except DBAPIError as error:
        log.info("Can't ask what stops those who write to %s: %s", table, error.orig)
        return None
    return name


def ask(connection: Connection, what: str, change: str) -> str | None:
    """Change the copy, and return what the server says if others can't write."""
    clause = ", LOCK=NONE" if what.startswith("ALTER") else " LOCK=NONE"
    if what.startswith("DROP"):  # of an index, which stops nobody
        clause = ""
    reason = None
    with suppress(DBAPIError):  # of what a copy doesn't have, such as foreign keys
        try:
            connection.exec_driver_sql(f"{what}{change}{clause}")
        except DBAPIError as error:
            said: Any = error.orig
            adds_key = re.search(r" ADD (.+ )?FOREIGN KEY", change)  # to a new table
            if adds_key or (getattr(said, "errno", None) or said.args[0]) in LOCKS:
                because = re.search(r"Reason: (.+?)\. Try", str(said))
                reason = because[1] if because else "LOCK=NONE is not supported"
                connection.exec_driver_sql(f"{what}{change}")
    return reason


def as_sql(context: MigrationContext, op: ops.MigrateOperation) -> list[str]:
    """Return what an operation tells the server."""
    buffer = StringIO()
    offline = copy(context)
    offline.impl = type(context.impl)(
        context.dialect,
        connection=cast("Any", MockConnection(context.dialect, lambda *_, **__: None)),
        as_sql=True,
        transactional_ddl=None,
        output_buffer=buffer,
        context_opts={"literal_binds": True},
    )
    offline.as_sql = True
    if isinstance(op, ops.AddColumnOp):
        op = copy(op)
        op.column = copy(op.column)
        op.column.index = op.column.unique = None  # written as operations of their own
    if is_executed(op):
        Operations(offline).invoke(op)
    return [each.strip() for each in buffer.getvalue().split(";\n") if each.strip()]
