# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What is special on Oracle."""

from .implementation import BaseImpl
from .order import order_tables


class Impl(BaseImpl):
    """Stands before Alembic's OracleImpl."""

    steps = (order_tables,)
