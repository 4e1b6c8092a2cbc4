# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What is special on PostgreSQL."""

from functools import cached_property
from types import ModuleType
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Identity, Inspector, Table, text
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.types import TypeEngine

from .checks import change_checks
from .computed import take_computed_of_model
from .order import order_tables
from .postgresql_casts import alter_by_sql
from .postgresql_constraint_changes import add_by_sql, change_matches
from .postgresql_constraints import ConstraintsImpl
from .postgresql_domains import mend_domains, spelling_of_domain
from .postgresql_enums import mend_enums, spelling_of_enum
from .postgresql_extensions import (
    foreign_items,
    know_types,
)
from .postgresql_keys import change_keys
from .postgresql_locks import warn_of_locks
from .postgresql_sequences import change_sequences, changed
from .postgresql_types import constant, create_schemas_of_types, without_own_ddl
from .schemas import (
    create_sequences,
    leave_own_sequence,
    look_at_schemas_of_models,
)
from .spelling import spelling
from .unique import leave_second_unique


class Impl(ConstraintsImpl):
    """Stands before Alembic's PostgresqlImpl."""

    steps = (
        change_checks,
        change_matches,
        order_tables,
        mend_domains,
        mend_enums,
        change_keys,
        alter_by_sql,
        add_by_sql,
        change_sequences,
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
        know_types(migration)
        look_at_schemas_of_models(migration, hooks, foreign_items(migration))

    def warn(
        self, context: MigrationContext, directives: list[ops.MigrationScript]
    ) -> None:
        """Say what is dangerous in a revision."""
        warn_of_locks(context, directives)

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
    def serials(self) -> set[tuple[str, str, str]]:
        """The columns that take their default from a sequence of their own."""
        connection = cast("Connection", self.connection)
        found = connection.execute(
            text("""
                SELECT nspname, relname, attname FROM pg_depend AS owned
                JOIN pg_attrdef ON (adrelid, adnum) = (owned.refobjid, owned.refobjsubid)
                JOIN pg_depend AS used ON used.objid = pg_attrdef.oid
                    AND used.classid = 'pg_attrdef'::regclass
                    AND used.refobjid = owned.objid AND used.refclassid = owned.classid
                JOIN pg_attribute ON (attrelid, attnum) = (adrelid, adnum)
                JOIN pg_class ON pg_class.oid = attrelid
                JOIN pg_namespace ON pg_namespace.oid = relnamespace
                WHERE owned.classid = 'pg_class'::regclass
                    AND owned.refclassid = owned.classid AND owned.deptype = 'a'
                    AND pg_get_expr(adbin, adrelid) LIKE 'nextval(%::regclass)'
            """)
        )
        return {(schema, table, column) for schema, table, column in found}

    def _compare_identity_default(
        self, metadata_identity: Any, inspector_identity: Any
    ) -> tuple[set[str], set[str], bool]:
        """Compare all options of an identity, also those that it has by itself."""
        new, old = metadata_identity, inspector_identity
        if not (isinstance(new, Identity) and isinstance(old, Identity)):
            return set(), set(), bool(new) != bool(old)
        types = (
            getattr(getattr(each, "column", None), "type", None) for each in (old, new)
        )
        differ = changed(old, new, *types)
        differ |= {"always"} if bool(new.always) != bool(old.always) else set()
        return differ, set(), bool(differ)

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
        schema = table.schema or self.dialect.default_schema_name
        if (schema, table.name, column_info["name"]) in self.serials:
            column_info["default"] = None
        take_computed_of_model(self, table, column_info)
