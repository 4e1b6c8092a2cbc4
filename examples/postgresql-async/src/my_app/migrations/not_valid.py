# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""A constraint that rows break doesn't stay NOT VALID: it would refuse new ones too."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import CheckConstraint, Connection, func, select, text
from sqlalchemy.exc import DBAPIError

VALIDATE = re.compile(r"(ALTER TABLE .+) VALIDATE (CONSTRAINT) (.+)")


@contextmanager
def undone(migration: MigrationContext) -> Iterator[None]:
    """Refuse a CHECK that rows break before it is added, and drop what they break."""
    connection, impl = cast("Connection", migration.connection), migration.impl
    add, execute = impl.add_constraint, impl._exec

    def add_constraint(constraint: Any, **options: Any) -> None:
        if (
            isinstance(constraint, CheckConstraint)
            and constraint.dialect_options["postgresql"]["not_valid"]
        ):
            refuse_broken(connection, constraint)
        add(constraint, **options)

    def execute_or_drop(statement: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return execute(statement, *arguments, **options)
        except DBAPIError:
            validate = isinstance(statement, str) and VALIDATE.fullmatch(statement)
            if validate and migration._transaction is None:
                execute(validate.expand(r"\1 DROP \2 IF EXISTS \3"))
            raise

    vars(impl).update(add_constraint=add_constraint, _exec=execute_or_drop)
    try:
        yield
    finally:
        vars(impl).update(add_constraint=add, _exec=execute)


def refuse_broken(connection: Connection, check: CheckConstraint) -> None:
    """Raise a CommandError if there are rows that break a CHECK."""
    condition = str(check.sqltext)
    breaks = text(f"NOT ({condition})".replace(":", "\\:"))
    query = select(func.count()).select_from(check.table).where(breaks)
    if count := connection.scalar(query):
        rows = "1 row that breaks" if count == 1 else f"{count:,} rows that break"
        message = f"{check.table.fullname} has {rows} {condition}"
        raise CommandError(f"{message}: change them, then run again")
