# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What recreates what depended on a column or a type of PostgreSQL."""

from collections.abc import Mapping
from typing import Any, cast

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, String, Table, text
from sqlalchemy.dialects.postgresql import DOMAIN, ENUM
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql.elements import conv
from sqlalchemy.types import TypeEngine

from .asking import AskingImpl
from .names import kept_name
from .operations import AddCheckOp, OpList, as_text
from .postgresql_definitions import Definition, Level
from .postgresql_details import details
from .postgresql_types import literal, parts


class ExecuteLinesOp(ops.ExecuteSQLOp):
    """Executes SQL of several lines, which are written as lines."""


@renderers.dispatch_for(ExecuteLinesOp)
def render_lines(_: AutogenContext, op: ExecuteLinesOp) -> str:
    """Return Python that executes lines of SQL."""
    lines = [f"    {line!r}" for line in str(op.sqltext).splitlines(keepends=True)]
    return "\n".join(["op.execute(", *lines, ")"])


def executes_lines(sql: str) -> ops.ExecuteSQLOp:
    """Return the operation that executes what the database said."""
    sql = as_text(sql, DefaultDialect())
    return ExecuteLinesOp(sql) if "\n" in sql else ops.ExecuteSQLOp(sql)


def level_of(one: TypeEngine[Any] | None, other: TypeEngine[Any] | None) -> Level:
    """Return from which level on PostgreSQL keeps what depends on a column."""
    types = [part for type_ in (one, other) if type_ for part in parts(type_)]
    named = any(isinstance(each, ENUM | DOMAIN) for each in types)
    kinds = {each._type_affinity for each in types}
    if named or len(kinds) > 1:
        return Level.NEVER
    return Level.EXPRESSIONS if kinds == {String} else Level.KEYS


def models_by_oid(context: MigrationContext) -> dict[int, Table]:
    """Return the models by the oids of their tables."""
    query = text("""
        SELECT nspname, relname, c.oid
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind IN ('r', 'p')
    """)
    found = cast("Connection", context.connection).execute(query)
    oids = {(schema, name): oid for schema, name, oid in found}
    default = context.dialect.default_schema_name
    return {
        oids[key]: table
        for metadata in context.opts["target_metadata"]
        for table in metadata.tables.values()
        if (key := (table.schema or default, table.name)) in oids
    }


class Recreated:
    """A thing to drop and create again.

    One that was made by hand may be in this database alone: the revision asks for it.
    """

    def __init__(
        self,
        context: MigrationContext,
        it: Definition,
        flag: str,
        models: Mapping[int, Table],
        *,
        by_hand: bool,
    ) -> None:
        """Remember the thing, and a setting that no other has in this revision."""
        self.context, self.it, self.by_hand = context, it, by_hand
        self.flag = literal(flag)
        table = models.get(it.table_oid or 0)
        self.by_model = made_by_model(context, it, table) if table is not None else None

    def drop(self) -> OpList:
        """Return what drops it."""
        if not self.by_hand:
            return [executes_lines(self.it.drop.replace("{0}", ""))]
        there = f"SELECT set_config({self.flag}, ({self.it.exists})::text, true)"
        drop = self.it.drop.replace("{0}", " IF EXISTS")
        return [executes_lines(there), executes_lines(drop)]

    def create(self) -> OpList:
        """Return what creates it again, as the models say it if they know it."""
        connection = cast("Connection", self.context.connection)
        statements = [str(self.it.create), *details(connection, self.it)]
        if self.by_hand:
            lines = ";\n".join(statements)
            sql = (
                "DO $alembic$ BEGIN\n"
                f"IF current_setting({self.flag})::boolean THEN\n{lines};\nEND IF;\n"
                "END $alembic$"
            )
            return [executes_lines(sql)]
        first, *others = map(executes_lines, statements)
        return [self.by_model or first, *others]


def made_by_model(
    context: MigrationContext, it: Definition, table: Table
) -> ops.MigrateOperation | None:
    """Return what makes an index, a CHECK or a generated column of a model."""
    impl = cast("AskingImpl", context.impl)
    if it.kind == "INDEX":
        for index in table.indexes:
            if index.name == it.name:
                create = ops.CreateIndexOp.from_index(index)
                create.kw.pop("postgresql_concurrently", None)  # not in a transaction
                return create
    if it.kind == "COLUMN":
        columns = [column for column in table.columns if column.name == it.name]
        return ops.AddColumnOp.from_column(*columns) if columns else None
    for check in table.constraints:
        if not isinstance(check, CheckConstraint):
            continue
        if kept_name(check.name, impl.dialect) == it.name:
            condition = text(impl.render_ddl_sql_expr(check.sqltext))
            schema = table.schema
            return AddCheckOp(conv(it.name), table.name, condition, schema=schema)
    return None
