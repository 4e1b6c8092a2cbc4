# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which enums PostgreSQL creates, changes and drops."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import ARRAY, Connection, Enum, inspect, text
from sqlalchemy.dialects.postgresql import ENUM, CreateEnumType, DropEnumType
from sqlalchemy.dialects.postgresql.base import PGInspector
from sqlalchemy.types import TypeEngine

from .column_types import array_of, variants
from .operations import OpList, added_columns, executes


def with_explicit_enum(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return an enum as a type that the revision creates, and not its tables."""
    here = variants(type_).get("postgresql", type_)
    if isinstance(here, ARRAY):
        item = with_explicit_enum(here.item_type)
        return type_ if item is here.item_type else array_of(item, here)
    if not isinstance(here, Enum) or not here.native_enum:
        return type_
    return ENUM(*here.enums, name=here.name, schema=here.schema, create_type=False)


def spelling_of_enum(type_: TypeEngine[Any], imports: set[str]) -> str | None:
    """Spell the type of an enum, which the revision creates and drops by itself."""
    if not isinstance(type_, ENUM):
        return None
    imports.add("from sqlalchemy.dialects import postgresql")
    arguments = [*map(repr, type_.enums), f"name={str(type_.name)!r}"]
    if type_.schema:
        arguments.append(f"schema={str(type_.schema)!r}")
    return f"postgresql.ENUM({', '.join(arguments)}, create_type=False)"


def mend_enums(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Create the types of enums, change labels, drop them with the last column."""
    inspector = cast("PGInspector", inspect(cast("Connection", context.connection)))
    dialect, schema = context.dialect, inspector.default_schema_name
    found = inspector.get_enums("*")
    there = {(enum["schema"], enum["name"]): enum["labels"] for enum in found}
    models = context.opts["target_metadata"]
    tables = chain.from_iterable(metadata.tables.values() for metadata in models)
    columns = list(chain.from_iterable(table.columns for table in tables))
    wanted = enums((column.type for column in columns), schema)
    defaults = [str(getattr(each.server_default, "arg", "")) for each in columns]
    added, dropped = (enums(new_types(d.ops), schema) for d in (upgrade, downgrade))
    for key, enum in sorted((added | wanted).items(), key=str):
        if key in added.keys() - there.keys():
            upgrade.ops.insert(0, executes(CreateEnumType(enum), dialect))
            downgrade.ops.append(executes(DropEnumType(enum), dialect))
        elif key in there and there[key] != enum.enums:
            before = ENUM(*there[key], name=enum.name, schema=enum.schema)
            upgrade.ops[:0] = change_enum(before, enum, context, defaults)
            downgrade.ops += change_enum(enum, before, context, [])
    for key, enum in sorted(dropped.items(), key=str):
        if key in there.keys() - wanted.keys():
            upgrade.ops.append(executes(DropEnumType(enum), dialect))
            downgrade.ops.insert(0, executes(CreateEnumType(enum), dialect))


def new_types(operations: OpList) -> Iterator[TypeEngine[Any]]:
    """Yield the types of columns that these operations add or give another type."""
    yield from (column.type for column in added_columns(operations))
    for table in operations:
        for op in table.ops if isinstance(table, ops.ModifyTableOps) else ():
            if isinstance(op, ops.AlterColumnOp) and op.modify_type is not None:
                yield op.modify_type


def enums(
    types: Iterable[TypeEngine[Any]], schema: str | None
) -> dict[tuple[str | None, str | None], ENUM]:
    """Return the enums among these types by schema and name."""
    types = (getattr(type_, "item_type", type_) for type_ in types)
    found = [type_ for type_ in types if isinstance(type_, ENUM)]
    return {(enum.schema or schema, enum.name): enum for enum in found}


def change_enum(
    before: ENUM, after: ENUM, context: MigrationContext, defaults: list[str]
) -> list[ops.ExecuteSQLOp]:
    """Add labels; if some go or move, make the type anew: PostgreSQL can't do that.

    Nor can it use a label as a default in the transaction that adds it.
    """
    name = cast("Any", context.dialect.identifier_preparer).format_type(after)
    new = "|".join(re.escape(each) for each in after.enums if each not in before.enums)
    used = new and any(re.search(rf"\b({new})\b", default) for default in defaults)
    kept = [label for label in after.enums if label in before.enums]
    if kept == before.enums and not used:
        statements = []
        for number, label in enumerate(after.enums):
            if label not in before.enums:
                other = literal(after.enums[number - 1] if number else before.enums[0])
                place = f"{'AFTER' if number else 'BEFORE'} {other}"
                add = f"ALTER TYPE {name} ADD VALUE {literal(label)} {place}"
                statements.append(add)
        return [executes(each, context.dialect) for each in statements]
    old = ENUM(name="alembic_old", schema=after.schema)
    statements = []
    for table, column, array, default in columns_of_enum(context, after):
        alter, type_ = f"ALTER TABLE {table} ALTER COLUMN {column}", name + array
        using = f"{column}::text{array}::{type_}"
        statements.append(f"{alter} TYPE {type_} USING {using}")
        if default:
            statements.insert(0, f"{alter} DROP DEFAULT")
            statements.append(f"{alter} SET DEFAULT {default}")
    return [
        executes(f"ALTER TYPE {name} RENAME TO alembic_old", context.dialect),
        executes(CreateEnumType(after), context.dialect),
        *(executes(each, context.dialect) for each in statements),
        executes(DropEnumType(old), context.dialect),
    ]


def columns_of_enum(context: MigrationContext, enum: ENUM) -> list[tuple[str, ...]]:
    """Return table, column, "[]" for an array, and default of an enum's columns."""
    query = text("""
        SELECT attrelid::regclass::text, quote_ident(attname),
            CASE WHEN atttypid = typarray THEN '[]' ELSE '' END,
            pg_get_expr(adbin, adrelid)
        FROM pg_type JOIN pg_attribute ON atttypid IN (pg_type.oid, typarray)
        JOIN pg_namespace ON pg_namespace.oid = typnamespace
        JOIN pg_class ON pg_class.oid = attrelid AND relkind IN ('r', 'p')
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE typname = :name AND NOT relispartition
        AND nspname = coalesce(CAST(:schema AS text), current_schema())
        ORDER BY 1, attnum
    """)
    connection = cast("Connection", context.connection)
    found = connection.execute(query, {"name": enum.name, "schema": enum.schema})
    return [tuple(row) for row in found]


def literal(label: str) -> str:
    """Return a string as SQL writes it."""
    return "'" + label.replace("'", "''") + "'"
