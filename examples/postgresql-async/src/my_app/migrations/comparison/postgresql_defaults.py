# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Where columns of PostgreSQL take their values from."""

from functools import cached_property
from typing import Any, cast

from alembic.operations import ops
from sqlalchemy import Column, Computed, Connection, Identity, Inspector, Table, text
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.engine.interfaces import ReflectedColumn

from .generated import take_computed_of_model
from .operations import OpList, alters_column, executes
from .postgresql_constraints import ConstraintsImpl
from .postgresql_sequences import changed
from .postgresql_types import constant, without_own_ddl


class DefaultsImpl(ConstraintsImpl):
    """Compares defaults, identities and generated columns."""

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
        # A join of all six tables would take longer to plan than to run.
        found = connection.execute(
            text("""
                SELECT (SELECT nspname FROM pg_namespace n WHERE n.oid = relnamespace),
                    relname,
                    (
                        SELECT attname FROM pg_attribute
                        WHERE (attrelid, attnum) = (adrelid, adnum)
                    )
                FROM pg_depend AS owned
                JOIN pg_attrdef
                    ON (adrelid, adnum) = (owned.refobjid, owned.refobjsubid)
                JOIN pg_depend AS used ON used.objid = pg_attrdef.oid
                    AND used.classid = 'pg_attrdef'::regclass
                    AND used.refobjid = owned.objid AND used.refclassid = owned.classid
                JOIN pg_class ON pg_class.oid = adrelid
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

    def with_expression(
        self, table: Table, before: Column[Any], after: Column[Any], changes: OpList, /
    ) -> OpList:
        """Return what gives a stored column another expression, or makes it anew.

        From version 17 on, PostgreSQL itself keeps what depends on the column.
        """
        version = cast("Any", self.dialect).server_version_info
        kinds = {c.computed.persisted for c in (before, after) if c.computed}
        alters = [op for op in changes if alters_column(op, after.name)]
        types = any(op.modify_type is not None for op in alters)
        drops = any(isinstance(op, ops.DropColumnOp) for op in changes)
        if version < (17,) or types or drops or kinds - {True, None}:
            return super().with_expression(table, before, after, changes)
        compiler = cast("Any", self.dialect).ddl_compiler(self.dialect, None)
        expression = compiler.sql_compiler.process(
            cast("Computed", after.computed).sqltext,
            include_table=False,
            literal_binds=True,
        )
        preparer = self.dialect.identifier_preparer
        name, column = preparer.format_table(table), preparer.format_column(after)
        alter = f"ALTER TABLE {name} ALTER COLUMN {column}"
        sql = f"{alter} SET EXPRESSION AS ({expression})"
        return [executes(sql, self.dialect), *alters]

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
        self, _: Inspector, table: Table, column_info: ReflectedColumn
    ) -> None:
        """Leave out the default of a SERIAL, and what a column has from its domain."""
        type_ = column_info["type"] = without_own_ddl(column_info["type"])
        if isinstance(type_, DOMAIN) and (type_.not_null or type_.default is not None):
            alone = self.without_domain(table, column_info["name"])
            cast("dict[str, Any]", column_info).update(alone)
        if (column_info["default"] or "").startswith("nextval("):
            schema = table.schema or self.dialect.default_schema_name
            if (schema, table.name, column_info["name"]) in self.serials:
                column_info["default"] = None
        take_computed_of_model(self, table, column_info)
