# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What is special on PostgreSQL."""

import re
from functools import cached_property
from types import ModuleType
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Inspector, Table, text
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.types import TypeEngine

from .asking import AskingImpl
from .checks import change_checks
from .order import order_tables
from .postgresql_casts import alter_by_sql
from .postgresql_enums import mend_enums, spelling_of_enum, with_explicit_enum
from .postgresql_locks import warn_of_locks
from .schemas import (
    create_schemas,
    create_sequences,
    leave_own_sequence,
    look_at_schemas_of_models,
)
from .unique import leave_second_unique


class Impl(AskingImpl):
    """Stands before Alembic's PostgresqlImpl."""

    steps = (
        change_checks,
        order_tables,
        mend_enums,
        alter_by_sql,
        create_sequences,
        create_schemas,
    )

    def complete_column(self, column: Column[Any]) -> None:
        """Make the column of a twin what this database will say of it."""
        super().complete_column(column)
        column.type = with_explicit_enum(column.type)
        leave_own_sequence(column)

    def complete_table(self, table: Table) -> None:
        """Make the rest of a twin what this database will say of it."""
        leave_second_unique(table, [*table.primary_key.columns])

    def configure(self, migration: MigrationContext, hooks: ModuleType) -> None:
        """Set options of the comparison that this database needs."""
        look_at_schemas_of_models(migration, hooks, foreign_tables(migration))

    def warn(
        self, context: MigrationContext, directives: list[ops.MigrationScript]
    ) -> None:
        """Say what is dangerous in a revision."""
        warn_of_locks(context, directives)

    def own_spelling(self, type_: TypeEngine[Any], imports: set[str]) -> str | None:
        """Return Python for a type that this database writes in its own way."""
        return spelling_of_enum(type_, imports)

    def keeps_default(
        self, told: str | None, found: str | None, *columns: Column[Any]
    ) -> bool:
        """Return whether a default needs no question: it would be told the same."""
        return constant(told) == constant(found) and not self.compare_type(*columns)

    def same_default(
        self, asked: str | None, found: str | None, *columns: Column[Any]
    ) -> bool:
        """Return whether the database says the same of two defaults."""
        if self.compare_type(*columns):
            return asked == found
        return constant(asked) == constant(found)

    @cached_property
    def serials(self) -> set[tuple[str, str]]:
        """The sequences, each with the name of the column that owns it."""
        connection = cast("Connection", self.connection)
        found = connection.execute(
            text("""
                SELECT objid::regclass::text, attname FROM pg_depend
                JOIN pg_class ON pg_class.oid = objid AND relkind = 'S'
                JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
                WHERE classid = 'pg_class'::regclass AND refclassid = classid
            """)
        )
        return {(sequence, column) for sequence, column in found}

    def autogen_column_reflect(
        self, inspector: Inspector, table: Table, column_info: ReflectedColumn
    ) -> None:
        """Leave out the default of a SERIAL: Alembic has a query for each of them."""
        default = re.match(r"nextval\('(.+)'::regclass\)", column_info["default"] or "")
        if default and (default[1], column_info["name"]) in self.serials:
            column_info["default"] = None
        else:
            reflect = cast("Any", super().autogen_column_reflect)
            reflect(inspector, table, column_info)


def constant(default: str | None) -> str:
    """Return a constant without its type, which PostgreSQL keeps when it changes."""
    literal = r"^\(*('(?:[^']|'')*'|-?[\d.]+)\)*::[^']+$"
    bare = re.sub(literal, r"\1", default or "NULL")
    return re.sub(r"^'(-?[\d.]+)'$", r"\1", bare)


def foreign_tables(migration: MigrationContext) -> set[tuple[str | None, str]]:
    """Return tables of extensions, partitions, and what only search_path shows."""
    connection = cast("Connection", migration.connection)
    found = connection.execute(
        text("""
            SELECT nspname, relname, pg_table_is_visible(c.oid),
            relispartition OR EXISTS (
                SELECT FROM pg_depend WHERE deptype = 'e'
                AND classid = 'pg_class'::regclass AND objid = c.oid
            )
            FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
            WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_'
        """)
    )
    foreign: set[tuple[str | None, str]] = set()
    for schema, name, visible, theirs in found:
        if theirs:  # such as PostGIS' spatial_ref_sys
            foreign.add((schema, name))
        if visible and (theirs or schema != migration.dialect.default_schema_name):
            foreign.add((None, name))
    for models in migration.opts["target_metadata"]:
        foreign -= {(table.schema, table.name) for table in models.tables.values()}
    return foreign
