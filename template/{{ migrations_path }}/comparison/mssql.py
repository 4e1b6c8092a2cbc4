# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What is special on SQL Server."""

from .implementation import BaseImpl
from .order import order_tables


class Impl(BaseImpl):
    """Stands before Alembic's MSSQLImpl."""

    steps = (order_tables,)
