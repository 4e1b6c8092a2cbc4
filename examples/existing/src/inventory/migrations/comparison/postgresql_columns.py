# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which columns, indexes and constraints of PostgreSQL a revision changes or drops."""

from collections.abc import Collection
from typing import NamedTuple

from alembic.operations import ops
from sqlalchemy import Connection, bindparam, table, text

from .operations import as_server_gets_it, flat
from .postgresql_definitions import Node
from .postgresql_types import TypeName


class NamedType(NamedTuple):
    """A type that is there."""

    oid: int
    key: TypeName
    kind: str  # TYPE or DOMAIN
    schema: str  # in SQL, with a dot, or "" of the default one
    name: str

    @property
    def node(self) -> Node:
        """Return the type as a thing on which others depend."""
        return "pg_type", self.oid, 0


class TypedColumn(NamedTuple):
    """A column of a type or its arrays."""

    node: Node
    table: str
    column: str
    type: int
    array: str  # "[]" or ""
    default: str | None
    inherited: bool


OF_TYPES = """
    SELECT attrelid, attnum, attrelid::regclass::text, quote_ident(attname), t.oid,
        CASE WHEN atttypid = typarray THEN '[]' ELSE '' END,
        pg_get_expr(adbin, adrelid), attinhcount > 0
    FROM pg_type t JOIN pg_attribute ON atttypid IN (t.oid, typarray)
    JOIN pg_class c ON c.oid = attrelid AND relkind IN ('r', 'p')
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE t.oid IN :types AND attgenerated = ''
    ORDER BY 3, attnum
"""


def columns_of(
    connection: Connection, types: Collection[NamedType]
) -> list[TypedColumn]:
    """Return the columns of these types."""
    oids = [type_.oid for type_ in types]
    query = text(OF_TYPES).bindparams(bindparam("types", oids, expanding=True))
    found = connection.execute(query)
    return [TypedColumn(("pg_class", one, two), *rest) for one, two, *rest in found]


def column_at(
    connection: Connection, node: Node, type_: NamedType, array: str
) -> list[TypedColumn]:
    """Return a column as it is when it has another type."""
    query = """
        SELECT attrelid::regclass::text, quote_ident(attname),
            pg_get_expr(adbin, adrelid), attinhcount > 0
        FROM pg_attribute
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = :oid AND attnum = :number
    """
    asked = {"oid": node[1], "number": node[2]}
    return [
        TypedColumn(node, table, column, type_.oid, array, default, inherited)
        for table, column, default, inherited in connection.execute(text(query), asked)
    ]


# With the tables that inherit a column.
COLUMNS = """
    WITH RECURSIVE tables AS (
        SELECT CAST(to_regclass(:table) AS oid) AS oid
        UNION SELECT inhrelid FROM pg_inherits JOIN tables ON inhparent = tables.oid
    )
    SELECT 'pg_class', attrelid, attnum FROM pg_attribute JOIN tables ON attrelid = oid
    WHERE attnum > 0 AND CAST(:name AS text) IN (attname, '')
"""
CONSTRAINT = """
    SELECT 'pg_constraint', oid, 0 FROM pg_constraint
    WHERE conrelid = to_regclass(:table) AND conname = :name
"""
INDEX = """
    SELECT 'pg_class', indexrelid, 0 FROM pg_index
    JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indrelid = to_regclass(:table) AND relname = :name
"""


def nodes_of(connection: Connection, op: ops.MigrateOperation) -> list[Node]:
    """Return the columns, the index or the constraint that an operation names."""
    if isinstance(op, ops.DropTableOp):
        query, name = COLUMNS, ""
    elif isinstance(op, ops.DropColumnOp | ops.AlterColumnOp):
        query, name = COLUMNS, op.column_name
    elif isinstance(op, ops.DropConstraintOp):
        query, name = CONSTRAINT, str(op.constraint_name)
    elif isinstance(op, ops.DropIndexOp):
        query, name = INDEX, str(op.index_name)
    else:
        return []
    named = table(str(op.table_name), schema=op.schema)
    on = connection.dialect.identifier_preparer.format_table(named)
    # A name as SQL, in a parameter.
    asked = {"table": as_server_gets_it(on, connection.dialect), "name": name}
    found = connection.execute(text(query), asked)
    return sorted((catalogue, oid, number) for catalogue, oid, number in found)


def made_anew(container: ops.OpContainer) -> list[ops.DropColumnOp]:
    """Return the drops of columns that are added again."""
    added = {
        (op.schema, op.table_name, op.column.name)
        for op in flat(container)
        if isinstance(op, ops.AddColumnOp)
    }
    return [
        op
        for op in flat(container)
        if isinstance(op, ops.DropColumnOp)
        and (op.schema, op.table_name, op.column_name) in added
    ]
