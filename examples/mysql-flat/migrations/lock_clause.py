# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""LOCK=NONE in the statements of a revision that says mysql_lock = "NONE"."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from alembic.runtime.migration import MigrationContext, RevisionStep
from sqlalchemy import Connection, event

NAME = r"(?:`(?:[^`]|``)+`|[^\s`.(;]+)"
TABLE = rf"({NAME}(?:\.{NAME})?)"
CREATE = re.compile(rf"\s*CREATE\s+TABLE\s+{TABLE}", re.IGNORECASE)
# DROP INDEX stops nobody, and MariaDB takes no clause there. RENAME TO has to lock.
CHANGE = re.compile(
    rf"\s*(ALTER\s+TABLE\s+|CREATE\s+(?:\w+\s+)?INDEX\s+{NAME}\s+ON\s+){TABLE}"
    r"(?!.*\b(?:LOCK\s*=|RENAME\s+TO\b))",
    re.IGNORECASE | re.DOTALL,
)


@contextmanager
def added(migration: MigrationContext) -> Iterator[None]:
    """Add the clause, but for tables that the revision itself has created."""
    connection = cast("Connection", migration.connection)
    revisions = cast("Callable[..., Any]", migration._migrations_fn)
    lock: str | None = None
    created = set[str]()

    def steps(*arguments: object) -> Iterator[Any]:
        nonlocal lock
        for step in revisions(*arguments):
            if isinstance(step, RevisionStep):
                created.clear()
                said = getattr(step.revision.module, "mysql_lock", None)
                lock = said if step.is_upgrade else None
            yield step

    def before(
        _: Connection, __: object, statement: str, parameters: Any, *___: object
    ) -> tuple[str, Any]:
        if create := CREATE.match(statement):
            created.add(create[1])
        change = CHANGE.match(statement) if lock else None
        if change and change[2] not in created:
            comma = "," if change[1].lstrip()[:1] in "aA" else ""
            statement = f"{statement.rstrip().rstrip(';')}{comma} LOCK={lock}"
        return statement, parameters

    migration._migrations_fn = steps
    event.listen(connection, "before_cursor_execute", before, retval=True)
    try:
        yield
    finally:
        event.remove(connection, "before_cursor_execute", before)
