# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which columns have the types that PostgreSQL makes anew."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, text

from .postgresql_definitions import Node
from .postgresql_types import Key


class Named(NamedTuple):
    """A type that is there."""

    oid: int
    key: Key
    kind: str  # TYPE or DOMAIN
    schema: str  # in SQL, with a dot, or "" of the default one
    name: str

    @property
    def node(self) -> Node:
        """Return the type as a thing on which others depend."""
        return "pg_type", self.oid, 0


class OfType(NamedTuple):
    """A column of a type or its arrays."""

    node: Node
    table: str
    column: str
    type: int
    array: str  # "[]" or ""
    default: str | None
    inherited: bool


COLUMNS = """
    SELECT attrelid, attnum, attrelid::regclass::text, quote_ident(attname), t.oid,
        CASE WHEN atttypid = typarray THEN '[]' ELSE '' END,
        pg_get_expr(adbin, adrelid), attinhcount > 0
    FROM pg_type t JOIN pg_attribute ON atttypid IN (t.oid, typarray)
    JOIN pg_class c ON c.oid = attrelid AND relkind IN ('r', 'p')
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE t.oid IN :types AND attgenerated = ''
    ORDER BY 3, attnum
"""


def columns_of(connection: Connection, types: Collection[Named]) -> list[OfType]:
    """Return the columns of these types."""
    oids = [type_.oid for type_ in types]
    query = text(COLUMNS).bindparams(bindparam("types", oids, expanding=True))
    found = connection.execute(query)
    return [OfType(("pg_class", one, two), *rest) for one, two, *rest in found]


def column_at(
    connection: Connection, node: Node, type_: Named, array: str
) -> list[OfType]:
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
        OfType(node, table, column, type_.oid, array, default, inherited)
        for table, column, default, inherited in connection.execute(text(query), asked)
    ]
