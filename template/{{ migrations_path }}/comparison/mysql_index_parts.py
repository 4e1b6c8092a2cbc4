# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What the parts of an index of MySQL and MariaDB are."""

from typing import Any, cast

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Table,
    UniqueConstraint,
    literal_column,
)

from .mysql_defaults import without_charset


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
