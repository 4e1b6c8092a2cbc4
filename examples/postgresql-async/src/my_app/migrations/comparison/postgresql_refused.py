# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which changes stop all who use a table, and are refused until a reason is given."""

import re
from copy import copy
from textwrap import wrap
from typing import Any, cast

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import Operations, ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from .operations import OpList
from .postgresql_outside import CommentOp, in_sql, table_of

COPY = "alembic_asked"
REWRITES = "writes the whole table again while nobody reads or writes it"

ALTERS = r"(?m)^\s*ALTER TABLE (.+?) (ALTER COLUMN .+)$"
TYPE = r'ALTER COLUMN ("(?:[^"]|"")+"|\S+) TYPE (.+?)(?= USING |, ALTER COLUMN |;?$)'
EXPRESSION = r'ALTER COLUMN ("(?:[^"]|"")+"|\S+) SET EXPRESSION'
ANOTHER_VALUE = f"has another value in each row, which {REWRITES}:"
WITHOUT_DEFAULT = (
    "add the column without it, set the default then, and fill the rows in parts"
)
WITHOUT_EXPRESSION = "add a plain column that a trigger fills, and fill it in parts"

OF_PARTITIONS = (
    "has partitions or another primary key, and PostgreSQL locks it while it adds an"
    " index or a constraint: build indexes CONCURRENTLY, on each partition by itself,"
    " and add keys USING INDEX"
)


class RefuseOp(ops.MigrateOperation):
    """Ends a revision, unless it says why it is safe."""

    def __init__(self, reasons: list[str]) -> None:
        """Take what is dangerous, and what is done instead."""
        self.reasons = reasons


@renderers.dispatch_for(RefuseOp)
def render_refuse(context: AutogenContext, op: RefuseOp) -> str:
    """Return Python that raises an error."""
    context.imports.add("from alembic.util import CommandError")
    message = "; ".join([*op.reasons, 'or safe_because = "..." in the revision'])
    return f"if not safe_because:\n    raise CommandError({message!r})"


def refused(context: MigrationContext, operations: OpList, new: set[Any]) -> OpList:
    """Return the operation that refuses these, or none if nothing is dangerous."""
    reasons = [each for op in operations for each in dangers(context, op, new)]
    return [RefuseOp([*dict.fromkeys(reasons)])] if reasons else []


def comments(context: MigrationContext, operations: OpList, new: set[Any]) -> OpList:
    """Return comments on a way back: whoever goes it has no time to write a reason."""
    reasons = [each for op in operations for each in dangers(context, op, new)]
    lines = [line for each in dict.fromkeys(reasons) for line in wrap(each, width=80)]
    return [CommentOp(line) for line in lines]


def dangers(
    context: MigrationContext, op: ops.MigrateOperation, new: set[Any]
) -> list[str]:
    """Return what is dangerous in an operation on a table that is there."""
    if isinstance(op, ops.ExecuteSQLOp):
        sql = str(op.sqltext).replace("\\:", ":")
        found = []
        for table, changes in re.findall(ALTERS, sql):
            types = re.findall(TYPE, changes)
            found += [another_type(table, *column) for column in types]
            for column in re.findall(EXPRESSION, changes):
                found.append(f"{table}.{column} {ANOTHER_VALUE} {WITHOUT_EXPRESSION}")
        return found
    if table_of(op) in new:
        return []
    table = in_sql(context, op).replace("%%", "%")
    if isinstance(op, ops.CreateIndexOp | ops.AddConstraintOp):
        return [f"{table} {OF_PARTITIONS}"]
    if isinstance(op, ops.AlterColumnOp) and op.modify_type is not None:
        if rewrites(context, op):
            type_ = context.impl.dialect.type_compiler_instance.process(op.modify_type)
            return [another_type(table, op.column_name, type_)]
    elif isinstance(op, ops.AddColumnOp) and rewrites(context, op):
        instead = WITHOUT_EXPRESSION if op.column.computed else WITHOUT_DEFAULT
        return [f"{table}.{op.column.name} {ANOTHER_VALUE} {instead}"]
    return []


def another_type(table: str, column: str, type_: str) -> str:
    """Return what is dangerous in another type of a column."""
    return (
        f"{table}.{column} becomes {type_}, which {REWRITES}: add another column,"
        " fill it in parts, and have the code use it"
    )


def rewrites(
    context: MigrationContext, op: ops.AddColumnOp | ops.AlterColumnOp
) -> bool:
    """Return whether PostgreSQL writes a copy of the table, or an index, again."""
    connection = cast("Connection", context.connection)
    preparer = context.dialect.identifier_preparer
    drop = f"ALTER TABLE {COPY} DROP COLUMN IF EXISTS "
    on_copy: Any = copy(op)
    on_copy.table_name, on_copy.schema = COPY, None
    files = text(f"""
        SELECT array_agg(pg_relation_filenode(oid) ORDER BY oid)
        FROM pg_class LEFT JOIN pg_index ON indexrelid = oid
        WHERE '{COPY}'::regclass IN (oid, indrelid)
    """)
    nested = connection.begin_nested()
    try:
        like = f"(LIKE {in_sql(context, op)} INCLUDING ALL)".replace("%%", "%")
        connection.execute(text(f"CREATE TEMPORARY TABLE {COPY} {like}"))
        if isinstance(op, ops.AddColumnOp):
            name = preparer.quote(op.column.name).replace("%%", "%")
            connection.execute(text(drop + name + " CASCADE"))
            on_copy.column = op.column._copy()
            on_copy.column.index = on_copy.column.unique = None  # they stand alone
        else:
            back = ops.AlterColumnOp(COPY, op.column_name, modify_type=op.existing_type)
            Operations(context).invoke(back)
        before = connection.scalar(files)
        Operations(context).invoke(on_copy)
        return bool(before != connection.scalar(files))
    except DBAPIError:  # of a type that the revision will create
        return isinstance(op, ops.AlterColumnOp)
    finally:
        nested.rollback()


def with_partitions(context: MigrationContext) -> set[tuple[str | None, str]]:
    """Return the tables on which CONCURRENTLY and NOT VALID are not to be had."""
    connection = cast("Connection", context.connection)
    query = "SELECT oid FROM pg_class WHERE relkind = 'p'"
    view = "timescaledb_information.hypertables"
    if connection.scalar(text(f"SELECT to_regclass('{view}')::text")):
        table = "format('%I.%I', hypertable_schema, hypertable_name)::regclass"
        query += f" UNION SELECT {table} FROM {view}"
    names = text(f"""
        SELECT nspname, relname FROM pg_class c
        JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid IN ({query})
    """)
    default = context.dialect.default_schema_name
    found = connection.execute(names)
    return {(None if schema == default else schema, name) for schema, name in found}
