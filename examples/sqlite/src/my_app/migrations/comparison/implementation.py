# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What all databases do alike, and what each may do in its own way."""

import re
from collections.abc import Callable
from functools import cached_property
from types import ModuleType
from typing import Any, cast

from alembic.autogenerate.api import AutogenContext
from alembic.ddl.impl import DefaultImpl
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import ClauseElement, Column, Inspector, Table, TextClause, event, text
from sqlalchemy.types import TypeEngine

from .operations import OpList, as_text
from .revision import Part
from .spelling import spelling

# Corrects the operations that Alembic found, in both directions.
Step = Callable[[MigrationContext, ops.OpContainer, ops.OpContainer], None]


class BaseImpl(DefaultImpl):
    """Stands before Alembic's implementation; a file for each database has the rest."""

    # --- What a database fills in

    online = False  # whether a required column comes empty, and is required when filled

    stores_anew = True  # whether a generated column is made anew to be stored or not

    steps: tuple[Step, ...] = ()

    def complete_column(self, column: Column[Any]) -> None:
        """Make the column of a twin what this database will say of it."""
        column.nullable = column.nullable and not column.primary_key

    def complete_table(self, table: Table) -> None:
        """Make the rest of a twin what this database will say of it."""

    def configure(self, migration: MigrationContext, hooks: ModuleType) -> None:
        """Set options of the comparison that this database needs."""

    def warn(
        self, context: MigrationContext, directives: list[ops.MigrationScript]
    ) -> None:
        """Say what is dangerous in a revision."""

    def in_parts(
        self, _: MigrationContext, __: list[ops.MigrationScript], /
    ) -> list[Part]:
        """Return what becomes a revision of its own, or nothing to leave all in one."""
        return []

    def with_expression(
        self, table: Table, before: Column[Any], after: Column[Any], _: OpList, /
    ) -> OpList:
        """Return what gives another expression to a column, with these changes."""
        name, schema = table.name, table.schema
        return [
            ops.DropColumnOp.from_column_and_tablename(schema, name, before),
            ops.AddColumnOp.from_column_and_tablename(schema, name, after),
        ]

    def existing(self, _: Column[Any], /) -> dict[str, Any]:
        """Return arguments of alter_column() without which the column would change."""
        return {}

    def own_spelling(self, type_: TypeEngine[Any], imports: set[str]) -> str | None:
        """Return Python for a type that this database writes in its own way."""

    @cached_property
    def compared(self) -> dict[Table, Table]:
        """Keep the tables that Alembic compares: of the models, and as it read them."""
        return {}

    @cached_property
    def other_expressions(self) -> list[tuple[Table, Column[Any], Column[Any]]]:
        """Keep what is generated otherwise than its model says."""
        return []

    # --- How Alembic writes

    def render_type(self, type_: TypeEngine[Any], context: AutogenContext) -> str:
        """Return the type as Python."""
        try:
            return spelling(type_, self.dialect, context.imports, self.own_spelling)
        except CommandError as error:
            column = context.opts.get("rendered_column")
            if column is None or column.type is not type_:
                raise
            raise CommandError(f"{column.table.name}.{column.name}: {error}") from error

    def render_ddl_sql_expr(self, expr: ClauseElement, *args: Any, **kw: Any) -> str:
        """Return the expression as SQL that Python can take again."""
        if isinstance(expr, TextClause) and not any(expr.compile().params.values()):
            # A colon in a string starts no parameter.
            expr = text(re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", expr.text))
        sql = as_text(super().render_ddl_sql_expr(expr, *args, **kw), self.dialect)
        # Of an index it is for literal_column(), which has no parameters.
        return sql.replace("\\:", ":") if kw.get("is_index") else sql


def reflect_referred_tables(impl: DefaultImpl) -> None:
    """Have Alembic before 1.18 ask the implementation about each table.

    Where a foreign key leads to a table, SQLAlchemy reads it before Alembic does.
    """
    ask = cast("Any", impl).autogen_column_reflect

    def reflect(inspector: Inspector, table: Table, column: dict[str, Any]) -> None:
        if "asked" in column:  # for the MetaData, before the table
            return
        column["asked"] = True
        if not event.contains(table.metadata, "column_reflect", reflect):
            event.listen(table.metadata, "column_reflect", reflect)
        ask(inspector, table, column)

    vars(impl)["autogen_column_reflect"] = reflect
