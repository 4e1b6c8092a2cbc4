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
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.types import TypeEngine

from .asking import AskingImpl
from .checks import change_checks
from .order import order_tables
from .postgresql_casts import alter_by_sql
from .postgresql_domains import mend_domains, spelling_of_domain
from .postgresql_enums import mend_enums, spelling_of_enum
from .postgresql_extensions import (
    foreign_items,
    know_types,
)
from .postgresql_keys import change_keys
from .postgresql_locks import warn_of_locks
from .postgresql_online import in_parts
from .postgresql_types import constant, create_schemas_of_types, without_own_ddl
from .revision import Part
from .schemas import (
    create_sequences,
    leave_own_sequence,
    look_at_schemas_of_models,
)
from .spelling import spelling
from .unique import leave_second_unique


class Impl(AskingImpl):
    """Stands before Alembic's PostgresqlImpl."""

    steps = (
        change_checks,
        order_tables,
        mend_domains,
        mend_enums,
        change_keys,
        alter_by_sql,
        create_sequences,
        create_schemas_of_types,
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
        know_types(migration)
        look_at_schemas_of_models(migration, hooks, foreign_items(migration))

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

        return spelling_of_enum(type_, imports) or spelling_of_domain(
            type_, imports, spell
        )

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

    def without_domain(self, table: Table, column: str) -> dict[str, Any]:
        """Return default and nullability of a column alone: SQLAlchemy mixes them."""
        query = text("""
            SELECT pg_get_expr(adbin, adrelid) AS default, NOT attnotnull AS nullable
            FROM pg_attribute LEFT JOIN pg_attrdef
            ON adrelid = attrelid AND adnum = attnum AND attgenerated = ''
            WHERE attrelid = CAST(:table AS regclass) AND attname = :column
        """)
        name = self.dialect.identifier_preparer.format_table(table)
        connection = cast("Connection", self.connection)
        found = connection.execute(query, {"table": name, "column": column})
        return dict(found.mappings().one())

    def autogen_column_reflect(
        self, inspector: Inspector, table: Table, column_info: ReflectedColumn
    ) -> None:
        """Leave out the default of a SERIAL, and what a column has from its domain."""
        type_ = column_info["type"] = without_own_ddl(column_info["type"])
        if isinstance(type_, DOMAIN) and (type_.not_null or type_.default is not None):
            alone = self.without_domain(table, column_info["name"])
            cast("dict[str, Any]", column_info).update(alone)
        default = re.match(r"nextval\('(.+)'::regclass\)", column_info["default"] or "")
        if (
            default
            and (default[1].replace("''", "'"), column_info["name"]) in self.serials
        ):
            column_info["default"] = None
        else:
            reflect = cast("Any", super().autogen_column_reflect)
            reflect(inspector, table, column_info)
