# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What a constraint without a name is called."""

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, cast

from alembic.operations import ops
from sqlalchemy import CheckConstraint, Dialect, Table
from sqlalchemy.sql.elements import conv

from .operations import OpList

LONGEST = 63  # characters that each database keeps


def name_checks(table: Table, dialect: Dialect) -> None:
    """Name each CHECK after what it says: one without a name can't be dropped again."""
    for check in table.constraints:
        if isinstance(check, CheckConstraint) and not isinstance(check.name, str):
            sql = str(check.sqltext.compile(dialect=dialect))
            columns = [c.name for c in table.columns if mentions(sql, c.name)]
            check.name = conv(with_digest("_".join(["ck", table.name, *columns]), sql))


def kept_name(name: object, dialect: Dialect) -> str:
    """Return the name that the database keeps: a longer one is cut."""
    truncate = dialect.identifier_preparer.truncate_and_render_constraint_name
    return str(truncate(cast("str", name), _alembic_quote=False))


def mentions(sql: str, column: str) -> bool:
    """Return whether SQL may say something of a column."""
    return bool(re.search(rf"(?<!\w){re.escape(column)}(?!\w)", sql))


def name_constraints(operations: OpList) -> None:
    """Name constraints added to a table: one without a name can't be dropped again."""
    for op in operations:
        each: Any
        for each in op.ops if isinstance(op, ops.ModifyTableOps) else ():
            adds = each.reverse() if isinstance(each, ops.DropConstraintOp) else each
            if isinstance(adds, ops.CreateForeignKeyOp):
                name = made_up("fk", adds.source_table, adds.local_cols)
            elif isinstance(adds, ops.CreateUniqueConstraintOp):
                name = made_up("uq", adds.table_name, adds.columns)
            else:
                continue
            each.constraint_name = each.constraint_name or name


def made_up(kind: str, table: str, columns: Iterable[object]) -> str:
    """Return a name for a constraint of these columns."""
    name = "_".join([kind, table, *map(str, columns)])
    return name if len(name) <= LONGEST else with_digest(name, name)


def with_digest(name: str, text: str) -> str:
    """Return a name that no database cuts, and that no other text has."""
    return f"{name[:56]}_{sha256(text.encode()).hexdigest()[:6]}"
