# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which changes stop those who write to a table: the server is asked on a copy."""

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from copy import copy
from io import StringIO
from textwrap import wrap
from typing import Any, cast

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import Operations, ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.exc import DBAPIError

from .operations import OpList, as_server_gets_it, flat

log = logging.getLogger("alembic.autogenerate")
COPY = "alembic_copy"  # of a table, empty: the server has no answers for temporary ones
LOCKS = (1845, 1846)  # the server's numbers of "LOCK=NONE is not supported"
NAME = r"(?:`(?:[^`]|``)+`|[^\s`.(]+)"
CHANGE = re.compile(
    rf"(ALTER TABLE |(?:CREATE (?:\w+ )?|DROP )INDEX {NAME} ON )"
    rf"({NAME}(?:\.{NAME})?)(.*)",
    re.DOTALL,
)
INSTEAD = (
    "change a big table with gh-ost or pt-online-schema-change, or a type by another"
    ' column and op.backfill(); or safe_because = "..." in the revision'
)


class RefuseOp(ops.MigrateOperation):
    """Ends a revision, unless it says why it is safe."""

    def __init__(self, reasons: list[str]) -> None:
        """Take what stops those who write."""
        self.reasons = reasons


@renderers.dispatch_for(RefuseOp)
def render_refuse(context: AutogenContext, op: RefuseOp) -> str:
    """Return Python that raises an error."""
    context.imports.add("from alembic.util import CommandError")
    message = f"{'; '.join(op.reasons)}: {INSTEAD}"
    lines = wrap(message, 70, drop_whitespace=False, break_long_words=False)
    said = "\n".join(f"        {line!r}" for line in lines)
    return f"if not safe_because:\n    raise CommandError(\n{said}\n    )"


def refuse_locks(
    context: MigrationContext, directives: list[ops.MigrationScript]
) -> None:
    """Have a revision refuse what stops others, and else say LOCK=NONE."""
    if context._in_external_transaction:
        return  # which CREATE TABLE would commit
    revision = context.opts["revision_context"]
    scripts = [each for script in directives for each in script.upgrade_ops_list]
    asked = [[*answers(context, flat(script))] for script in scripts]
    written = revision.generate_scripts

    def generate_scripts() -> Iterator[Any]:
        # Not before: `check` shows what is in the directives.
        for script, reasons in zip(scripts, asked, strict=True):
            do_without_rows(script)
            if refused := [reason for reason in reasons if reason]:
                script.ops.insert(0, RefuseOp(refused))
        return cast("Iterator[Any]", written())

    for reasons in asked:
        for reason in filter(None, reasons):
            log.warning(reason)
    if any(asked) and not any(map(any, asked)):
        revision.template_args["mysql_lock"] = "NONE"
    revision.generate_scripts = generate_scripts


def answers(context: MigrationContext, operations: OpList) -> Iterator[str]:
    """Yield why each change of a table that is there stops others, or nothing."""
    connection = cast("Connection", context.connection)
    copies: dict[str, str | None] = {}
    empty = keys_without_rows(operations)
    try:
        for op in operations:
            checks = int(op not in empty)
            connection.exec_driver_sql(f"SET foreign_key_checks = {checks}")
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
        connection.exec_driver_sql("SET foreign_key_checks = 1")
        for name in filter(None, copies.values()):
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")


def keys_without_rows(operations: OpList) -> OpList:
    """Return foreign keys whose columns are new: no row has a value to look up."""
    new = {
        (op.schema, op.table_name, op.column.name)
        for op in operations
        if isinstance(op, ops.AddColumnOp)
        and op.column.nullable
        and op.column.server_default is None
    }
    return [
        op
        for op in operations
        if isinstance(op, ops.CreateForeignKeyOp)
        and {(op.kw.get("source_schema"), op.source_table, c) for c in op.local_cols}
        <= new
    ]


def do_without_rows(script: ops.OpContainer) -> None:
    """Have no table copied for a foreign key that no row can break."""
    empty = keys_without_rows(flat(script))
    for container in (script, *script.ops):
        if isinstance(container, ops.OpContainer):
            for op in [each for each in container.ops if each in empty]:
                place = container.ops.index(op)
                off, on = (
                    ops.ExecuteSQLOp(f"SET foreign_key_checks = {n}") for n in (0, 1)
                )
                container.ops[place : place + 1] = [off, op, on]


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
            if (getattr(said, "errno", None) or said.args[0]) in LOCKS:
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
    Operations(offline).invoke(op)
    return [each.strip() for each in buffer.getvalue().split(";\n") if each.strip()]
