# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What stands in the way of another type on PostgreSQL: no revision is written."""

import re
from collections.abc import Iterable, Mapping

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, text

from .postgresql_definitions import Node
from .postgresql_recreate_types import RecreateTypeOp
from .postgresql_types import TypeName, by_name, columns_of_models, literal


def refuse_partition_keys(connection: Connection, changed: Iterable[Node]) -> None:
    """Refuse to change a column by which a table is partitioned: PostgreSQL can't."""
    query = """
        SELECT partrelid::regclass::text, attname FROM pg_partitioned_table
        JOIN pg_attribute ON attrelid = partrelid AND attnum = ANY(partattrs)
        WHERE partrelid = :oid AND attnum = :number
    """
    for catalogue, oid, number in changed:
        asked = {"oid": oid, "number": number if catalogue == "pg_class" else 0}
        for table, column in connection.execute(text(query), asked):
            message = f"{table} is partitioned by {column}, whose type would change: "
            raise CommandError(f"{message}make another table and move its rows to it")


def refuse_lost_words(
    context: MigrationContext,
    said: Mapping[str, str],
    recreates: Iterable[RecreateTypeOp],
    alters: Iterable[ops.AlterColumnOp],
) -> None:
    """Refuse what would be recreated, by its name, in words that are lost by then."""
    words = {}
    for op in recreates:
        for label in op.lost:
            pattern = f"{re.escape(literal(label))}{of_type(op.key)}"
            words[pattern] = f"the label {literal(label)} of {op.key[1]}"
    default = context.dialect.default_schema_name
    kept = by_name((column.type for column in columns_of_models(context)), default)
    for key in by_name((alter.existing_type for alter in alters), default):
        if key not in kept:
            words[of_type(key)] = f"the type {key[1]}"
    for thing, sql in said.items():
        for pattern, word in words.items():
            if re.search(pattern, sql):
                message = (
                    f"{thing} names {word}, which goes: change it or drop it first"
                )
                raise CommandError(f"{message}, in a revision of its own")


def of_type(key: TypeName) -> str:
    """Return the pattern of what PostgreSQL writes after a value of a type."""
    name = re.escape(str(key[1]).replace('"', '""'))
    return rf'::(?:"[^"]+"\.|\w+\.)?"?{name}(?!\w)'
