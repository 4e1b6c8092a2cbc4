# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which indexes an operation of MySQL and MariaDB drops or creates."""

import re
from typing import Any, cast

from alembic.operations import ops
from sqlalchemy import Column, Dialect, Index
from sqlalchemy.sql.elements import conv

from .mysql_primary_keys import PrimaryKeyOp
from .names import kept_name
from .operations import OpList
from .order import drops_foreign_key

# The columns with which an index begins, by its name.
Indexes = dict[str, list[str]]


def dropped(op: object) -> str | None:
    """Return the name of the index that an operation drops."""
    if isinstance(op, ops.DropIndexOp):
        return str(op.index_name)
    if isinstance(op, ops.DropConstraintOp) and op.constraint_type == "unique":
        return str(op.constraint_name)
    return "PRIMARY" if isinstance(op, PrimaryKeyOp) else None


def created(op: object) -> Index | None:
    """Return the index that an operation creates."""
    if isinstance(op, ops.CreateIndexOp):
        return op.to_index()
    if isinstance(op, ops.CreateUniqueConstraintOp):
        constraint = op.to_constraint()
        return Index(str(op.constraint_name), *constraint.columns, unique=True)
    if isinstance(op, PrimaryKeyOp):
        return Index("PRIMARY", *map(Column[Any], op.columns))
    return None


def adds_or_drops_key(op: object) -> bool:
    """Return whether an operation adds or drops a foreign key."""
    return isinstance(op, ops.CreateForeignKeyOp) or drops_foreign_key(op)


def take_kept_names(changes: OpList, dialect: Dialect) -> None:
    """Give foreign keys the names that the database has: longer ones are cut."""
    for op in changes:
        if adds_or_drops_key(op):
            key = cast("ops.CreateForeignKeyOp", op)
            key.constraint_name = conv(kept_name(key.constraint_name, dialect))


def begins(index: list[str], columns: list[str]) -> bool:
    """Return whether an index begins with these columns."""
    return index[: len(columns)] == columns


def serves(indexes: Indexes, columns: list[str]) -> bool:
    """Return whether one of the indexes begins with these columns."""
    return any(begins(index, columns) for index in indexes.values())


def is_of(key: ops.CreateForeignKeyOp, name: str, columns: list[str]) -> bool:
    """Return whether the server may have made an index as it added a foreign key."""
    names = f"{re.escape(str(key.constraint_name))}|{re.escape(key.local_cols[0])}"
    made = re.fullmatch(rf"({names})(_\d+)?", name, re.IGNORECASE)
    return bool(made) and columns == key.local_cols
