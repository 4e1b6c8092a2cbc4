# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What an index of MySQL and MariaDB is, and which operation drops or creates it."""

import re
from typing import Any, cast

from alembic.operations import ops
from sqlalchemy import (
    Column,
    ColumnElement,
    Dialect,
    Index,
    Table,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy.sql.elements import conv

from .mysql_columns import without_charset
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


def in_its_order(signature: Any, constraint: object) -> Any:
    """Return what Alembic compares of a UNIQUE constraint: it sorts the columns."""
    if isinstance(constraint, UniqueConstraint):
        signature._sig = tuple(column.name for column in constraint.columns)
    return signature


def beginning_of(index: Index) -> list[str]:
    """Return the columns with which an index of the models begins."""
    parts = cast("list[Column[Any]]", index.expressions)
    plain = is_plain(index) and not prefix_of(index)
    return [column.name for column in parts] if plain else []


def prefix_of(index: Index) -> str:
    """Return FULLTEXT or SPATIAL, or nothing."""
    found = [value for key, value in index.kwargs.items() if key.endswith("_prefix")]
    return str(found[0] or "").upper() if found else ""


def is_plain(index: Index) -> bool:
    """Return whether an index has whole columns alone, each ascending."""
    parts = index.expressions
    cut = any(value for key, value in index.kwargs.items() if key.endswith("_length"))
    return bool(parts) and all(isinstance(part, Column) for part in parts) and not cut


def element(part: tuple[Any, ...], table: Table) -> ColumnElement[Any]:
    """Return a part of an index as SQLAlchemy has it."""
    _, column, expression, length, descending = part
    if column and not descending:
        return cast("ColumnElement[Any]", table.columns[column])  # with mysql_length
    if column:
        name = "`" + column.replace("`", "``") + "`"
        expression = f"{name}({length})" if length else name
    else:
        expression = f"({without_charset(expression)})"
    found: ColumnElement[Any] = literal_column(expression)
    return found.desc() if descending else found
