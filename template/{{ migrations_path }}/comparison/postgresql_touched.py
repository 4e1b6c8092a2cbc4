# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What of the database the operations of a revision change or drop."""

from alembic.operations import ops
from sqlalchemy import Connection, text

from .operations import as_text
from .postgresql_definitions import Node

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


def touched(connection: Connection, op: ops.MigrateOperation) -> set[Node]:
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
        return set()
    preparer = connection.dialect.identifier_preparer
    schema = f"{preparer.quote_schema(op.schema)}." if op.schema else ""
    table = f"{schema}{preparer.quote(str(op.table_name))}"
    # A name as SQL, in a parameter: nothing in it is doubled or escaped.
    table = as_text(table, connection.dialect).replace("\\:", ":")
    found = connection.execute(text(query), {"table": table, "name": name})
    return {(catalogue, oid, number) for catalogue, oid, number in found}
