# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which UNIQUE constraints are one."""

from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint


def leave_second_unique(table: Table, *seen: list[Column[Any]]) -> None:
    """Take out constraints on columns that were seen: the database says one of two."""
    unique = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
    before = [*seen]
    for constraint in sorted(unique, key=lambda c: str(c.name or "~")):
        columns = list(constraint.columns)
        if columns in before:
            table.constraints.remove(constraint)
        before.append(columns)
