# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""op.backfill(): an UPDATE of many rows in batches, each of which is committed."""

from pathlib import Path
from types import ModuleType
from typing import Any

from alembic.operations import Operations
from alembic.util import CommandError, load_python_file
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
from sqlalchemy.types import NullType, TypeEngine


def register(hooks: ModuleType) -> None:
    """Give `op` the operation, with the limits of hooks.py."""
    Backfill.lock_timeout = getattr(hooks, "lock_timeout", Backfill.lock_timeout)
    Backfill.lock_wait = getattr(hooks, "lock_wait", Backfill.lock_wait)
    Operations.register_operation("backfill")(Backfill)


class Backfill:
    """The operation, in the form that Alembic asks for."""

    lock_timeout: float = 1
    lock_wait: float = 600

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
        """Update the rows that meet `where`, in batches of `batch_size` rows.

        A batch is committed, as is at first what stands before it in the revision.
        Between two of them it pauses for `pause` seconds.
        """
        migration = operations.migration_context
        if migration.as_sql:
            migration.impl.static_output("-- All rows at once: no script has batches")
            operations.execute(updates(table, values, where, schema))
            return
        # Without a type, the server says itself what a value becomes.
        statement = updates(table, values, where, schema, NullType())
        batches = load_python_file(Path(__file__).parent, "batches.py")
        batches.fill(
            migration, statement, batch_size, pause, (cls.lock_timeout, cls.lock_wait)
        )


def updates(
    table: str | Update,
    values: dict[str, Any] | None,
    where: str | ColumnElement[bool] | None,
    schema: str | None,
    type_: TypeEngine[Any] | None = None,
) -> Update:
    """Return one UPDATE that does it all."""
    if isinstance(table, str):
        columns = [Column(name, NullType()) for name in values or ()]
        table = update(Table(table, MetaData(), *columns, schema=schema))
    for name, value in (values or {}).items():
        sql = isinstance(value, ClauseElement)
        table = table.values({name: value if sql else literal(value, type_)})
    if where is not None:
        table = table.where(text(where) if isinstance(where, str) else where)
    if table.whereclause is None:
        raise CommandError(
            "op.backfill() needs a WHERE to go on where it was killed: write one that "
            "a filled row no longer meets"
        )
    return table
