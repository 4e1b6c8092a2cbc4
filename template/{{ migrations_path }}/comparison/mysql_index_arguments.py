# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which arguments an index of MySQL and MariaDB has: Alembic compares none."""

from typing import Any

from sqlalchemy import Column, Dialect, Index


def arguments_of(index: Index, dialect: Dialect) -> tuple[object, ...]:
    """Return how much of each column is in an index, its kind, and its parser."""

    def argument(name: str) -> Any:
        given = [index.dialect_options[each][name] for each in (dialect.name, "mysql")]
        return next(filter(None, given), None)

    lengths = argument("length") or {}
    parts = [part for part in index.expressions if isinstance(part, Column)]
    if not isinstance(lengths, dict):
        lengths = {part.name: lengths for part in parts}
    kept = {
        part.name: lengths[part.name]
        for part in parts
        if part.name in lengths
        and lengths[part.name] != getattr(part.type, "length", None)  # all of it
    }
    texts = (str(argument(name) or "").upper() for name in ("prefix", "with_parser"))
    return kept, *texts
