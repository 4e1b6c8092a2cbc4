# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What is special on PostgreSQL.

Classes that stand on each other compare indexes, constraints and defaults. What they
find is mended in `steps`: first keys and tables, then types, of which
postgresql_changes.py tells the story, and at last the columns that have them.
"""

from collections.abc import Iterable
from itertools import chain
from types import ModuleType
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Inspector, MetaData, Table
from sqlalchemy.types import TypeEngine

from .checks import change_checks
from .generated import change_computed
from .order import order_tables
from .postgresql_asking import types_of_models
from .postgresql_casts import alter_by_sql
from .postgresql_changes import change_types
from .postgresql_constraint_changes import (
    add_by_sql,
    change_matches,
    leave_out_nulls_distinct,
)
from .postgresql_defaults import DefaultsImpl
from .postgresql_domains import mend_domains
from .postgresql_enums import mend_enums
from .postgresql_extensions import foreign_items
from .postgresql_keys import change_primary_keys, lift_from_unique
from .postgresql_locks import warn_of_locks
from .postgresql_online import in_parts
from .postgresql_sequences import change_sequences
from .postgresql_serial import change_serials
from .postgresql_types import create_schemas_of_types, spelling_by_name, without_own_ddl
from .revision import Part
from .schemas import create_sequences, leave_own_sequence, look_at_schemas_of_models
from .spelling import spelling
from .unique import leave_second_unique


class Impl(DefaultsImpl):
    """Stands before Alembic's PostgresqlImpl."""

    steps = (
        change_checks,
        change_computed,
        change_matches,
        change_primary_keys,
        lift_from_unique,
        order_tables,
        add_by_sql,
        mend_domains,
        mend_enums,
        change_types,
        change_serials,
        alter_by_sql,
        change_sequences,
        create_sequences,
        create_schemas_of_types,
        leave_out_nulls_distinct,
    )

    def complete_column(self, column: Column[Any]) -> None:
        """Make the column of a twin what this database will say of it."""
        super().complete_column(column)
        column.type = without_own_ddl(column.type)
        leave_own_sequence(column)

    def complete_table(self, table: Table) -> None:
        """Make the rest of a twin what this database will say of it."""
        leave_second_unique(table, [*table.primary_key.columns])

    def configure(self, migration: MigrationContext, hooks: ModuleType) -> None:
        """Set options of the comparison that this database needs."""
        self.online = getattr(hooks, "online", True)
        look_at_schemas_of_models(migration, hooks, foreign_items(migration))

    has_read = False

    def _compat_autogen_column_reflect(self, inspector: Inspector) -> Any:
        """Read what is left before Alembic reads the first table by itself."""
        if not self.has_read:
            self.has_read = True
            read_all_schemas(inspector, self.context_opts["target_metadata"])
        return super()._compat_autogen_column_reflect(inspector)

    def warn(
        self, context: MigrationContext, directives: list[ops.MigrationScript]
    ) -> None:
        """Say what is dangerous in a revision."""
        if not self.online:
            warn_of_locks(context, directives)

    def in_parts(
        self, context: MigrationContext, directives: list[ops.MigrationScript], /
    ) -> list[Part]:
        """Return what becomes a revision of its own, or nothing to leave all in one."""
        return in_parts(context, *directives) if self.online else []

    def own_spelling(self, type_: TypeEngine[Any], imports: set[str]) -> str | None:
        """Return Python for a type that this database writes in its own way."""

        def spell(other: TypeEngine[Any]) -> str:
            return spelling(other, self.dialect, imports, self.own_spelling)

        return spelling_by_name(type_, imports, spell)

    def ask_expression(self, *columns: Column[Any]) -> str | None:
        """Return how the database will generate a column, with its new types."""
        connection = cast("Connection", self.connection)
        with types_of_models(connection, [column.type for column in columns]):
            return super().ask_expression(*columns)

    def ask_checks(self, table: Table, checks: dict[str, str]) -> dict[str, str]:
        """Return CHECKs by name as the database will have them, with its new types."""
        types = [column.type for column in table.columns]
        connection = cast("Connection", self.connection)
        with types_of_models(connection, types):
            return super().ask_checks(table, checks)


def read_all_schemas(inspector: Inspector, models: Iterable[MetaData]) -> None:
    """Read the tables of each schema at once: Alembic does so in one of them alone.

    It would ask ten times for each table of another schema, and keeps what it has read.
    """
    names: dict[str | None, list[str]] = {}
    for table in chain.from_iterable(each.tables.values() for each in models):
        names.setdefault(table.schema, []).append(table.name)
    for key, kept in [*inspector.info_cache.items()]:
        if isinstance(key, str) and key.startswith("alembic_"):
            read = getattr(inspector, key.replace("alembic_", "get_multi_"))
            for schema in names.keys() - {schema for schema, _ in kept}:
                kept.update(read(schema=schema, filter_names=names[schema]))
