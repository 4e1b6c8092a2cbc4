# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""op.backfill(): on SQLite one UPDATE, because the transaction is the lock."""

import logging
from typing import Any

from alembic.operations import Operations
from alembic.util import CommandError
from sqlalchemy import (
    ClauseElement,
    Column,
    ColumnElement,
    MetaData,
    Table,
    Update,
    literal,
    text,
    update,
)
from sqlalchemy.types import NullType

log = logging.getLogger("alembic.runtime.migration")


@Operations.register_operation("backfill")
class Backfill:
    """The operation, in the form that Alembic asks for."""

    @classmethod
    def backfill(
        cls,
        operations: Operations,
        table: str | Update,
        values: dict[str, Any] | None = None,
        where: str | ColumnElement[bool] | None = None,
        *,
        schema: str | None = None,
        batch_size: int = 1000,
        pause: float = 0.0,
    ) -> None:
        """Update the rows that meet `where`."""
        del batch_size, pause  # of databases that others may write to meanwhile
        migration = operations.migration_context
        statement = updates(table, values, where, schema)
        if migration.as_sql or not migration.connection:
            operations.execute(statement)
        else:
            filled = migration.connection.execute(statement).rowcount
            log.info("Filled %s rows of %s", f"{filled:,}", statement.table)


def updates(
    table: str | Update,
    values: dict[str, Any] | None,
    where: str | ColumnElement[bool] | None,
    schema: str | None,
) -> Update:
    """Return one UPDATE that does it all."""
    if isinstance(table, str):
        columns = [Column(name, NullType()) for name in values or ()]
        table = update(Table(table, MetaData(), *columns, schema=schema))
    for name, value in (values or {}).items():
        sql = isinstance(value, ClauseElement)
        table = table.values({name: value if sql else literal(value)})
    if where is not None:
        table = table.where(text(where) if isinstance(where, str) else where)
    if table.whereclause is None:
        raise CommandError(
            "op.backfill() needs a WHERE to go on where it was killed: write one that "
            "a filled row no longer meets"
        )
    return table
