# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How Alembic makes a table anew to change it, with nothing of it lost."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from alembic.ddl.sqlite import SQLiteImpl
from alembic.operations.batch import ApplyBatchImpl
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, LargeBinary, Table
from sqlalchemy.types import TypeEngine

# Warnings of what Alembic and SQLAlchemy can't read of a table: here, none is lost.
UNREAD = (
    "Skipped unsupported reflection of expression-based index",
    "Unnamed CHECK constraint on reflected table",
    "Table '_alembic_tmp_.*' specifies columns",
)


@contextmanager
def rebuilds(migration: MigrationContext) -> Iterator[None]:
    """Have tables made anew by RebuildImpl."""
    stock = migration.impl
    impl = RebuildImpl(
        stock.dialect,
        stock.connection,
        stock.as_sql,
        stock.transactional_ddl,
        stock.output_buffer,
        migration.opts,
    )
    migration.impl = impl
    with warnings.catch_warnings():
        for message in UNREAD:
            warnings.filterwarnings("ignore", message)
        try:
            yield
        finally:
            impl.back.clear()


class RebuildImpl(SQLiteImpl):
    """Alembic's implementation, but for how a table is made anew."""

    rebuilt = False

    def __init__(self, *args: Any) -> None:
        """Take what Alembic's takes."""
        super().__init__(*args)
        self.back = set[str]()  # indexes and triggers of tables that were made anew

    def prep_table_for_batch(self, batch_impl: ApplyBatchImpl, _: Table) -> None:
        """Make the table anew, which Alembic is about to do."""
        folder = Path(__file__).resolve().parent / "comparison"  # on no import path
        files = ModuleType(f"rebuild_{folder.as_posix().encode().hex()}")
        files.__path__ = [str(folder)]  # without __init__.py, which loads what compares
        sys.modules.setdefault(files.__name__, files)
        import_module(f"{files.__name__}.sqlite_rebuild").rebuild(self, batch_impl)
        self.rebuilt = True

    def _exec(self, *args: Any, **kwargs: Any) -> Any:
        """Leave out what Alembic executes after that."""
        return None if self.rebuilt else super()._exec(*args, **kwargs)

    def rename_table(self, *args: Any, **kwargs: Any) -> None:
        """Rename a table: the last that Alembic does to make one anew."""
        super().rename_table(*args, **kwargs)
        self.rebuilt = False

    def cast_for_batch_migrate(
        self,
        existing: Column[Any],
        existing_transfer: dict[str, Any],
        new_type: TypeEngine[Any],
    ) -> None:
        """Cast bytes alone: of '2020-01-01', CAST AS DATETIME leaves the number 2020.

        Without it, a column converts what it can, and keeps the rest.
        """
        if isinstance(existing.type, LargeBinary) or isinstance(new_type, LargeBinary):
            super().cast_for_batch_migrate(existing, existing_transfer, new_type)
