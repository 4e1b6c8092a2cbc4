# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which enums PostgreSQL creates, changes and drops."""

import re
from collections.abc import Iterable
from typing import Any, cast

from alembic.autogenerate import render_op_text
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.dialects.postgresql import ENUM, CreateEnumType, DropEnumType
from sqlalchemy.dialects.postgresql.base import PGInspector
from sqlalchemy.types import TypeEngine

from .implementation import BaseImpl
from .operations import OpList, as_server_gets_it, flat, is_executed
from .postgresql_locks import as_sql
from .postgresql_recreate_types import RecreateTypeOp, TypeOp
from .postgresql_types import (
    TypeName,
    by_name,
    columns_of_models,
    literal,
    name_of,
    new_types,
    types_of_extensions,
)

STRING = r"'(?:[^']|'')*'"


def mend_enums(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Create the types of enums, change labels, drop them with the last column."""
    dialect, schema = context.dialect, context.dialect.default_schema_name
    wanted = enums((each.type for each in columns_of_models(context)), schema)
    added, dropped = (enums(new_types(d.ops), schema) for d in (upgrade, downgrade))
    tables = cast("BaseImpl", context.impl).compared.values()
    read = enums((each.type for table in tables for each in table.columns), schema)
    if not (added or dropped) and all(
        key in read and read[key].enums == enum.enums for key, enum in wanted.items()
    ):
        return  # Alembic has asked
    inspector = cast("PGInspector", inspect(cast("Connection", context.connection)))
    found = inspector.get_enums("*")
    there = {(enum["schema"], enum["name"]): enum["labels"] for enum in found}
    theirs = types_of_extensions(context)
    up, down = (strings(context, direction) for direction in (upgrade, downgrade))
    for key, enum in sorted((added | wanted).items(), key=str):
        if key in theirs:
            continue
        if key in added.keys() - there.keys():
            upgrade.ops.insert(0, TypeOp(CreateEnumType(enum), enum, dialect))
            downgrade.ops.append(TypeOp(DropEnumType(enum), enum, dialect))
        elif key in there and there[key] != enum.enums:
            before = ENUM(*there[key], name=enum.name, schema=enum.schema)
            upgrade.ops[:0] = change_enum(before, enum, key, up, context)
            downgrade.ops += change_enum(enum, before, key, down, context)
    for key, enum in sorted(dropped.items(), key=str):
        if key in there.keys() - wanted.keys() - theirs:
            upgrade.ops.append(TypeOp(DropEnumType(enum), enum, dialect))
            downgrade.ops.insert(0, TypeOp(CreateEnumType(enum), enum, dialect))


def enums(types: Iterable[TypeEngine[Any]], schema: str | None) -> dict[TypeName, ENUM]:
    """Return the enums among these types by schema and name."""
    found = by_name(types, schema).items()
    return {key: type_ for key, type_ in found if isinstance(type_, ENUM)}


def strings(context: MigrationContext, container: ops.OpContainer) -> set[str]:
    """Return the strings in the SQL of operations: labels are among them."""
    operations = flat(container)
    changes = [op for op in operations if isinstance(op, ops.AlterColumnOp)]
    recreates = [op for op in operations if isinstance(op, RecreateTypeOp)]
    others = [op for op in operations if op not in changes and op not in recreates]
    sql = "\n".join([as_sql(context, others), *(op.create for op in recreates)])
    for op in others:
        if not is_executed(op):  # of another library, such as a view
            sql += render_op_text(AutogenContext(context), op)
    found = {each[1:-1].replace("''", "'") for each in re.findall(STRING, sql)}
    for op in changes:
        default = str(getattr(op.modify_server_default, "arg", ""))
        found |= {default, *(each[1:-1] for each in re.findall(STRING, default))}
    return found


def change_enum(
    before: ENUM, after: ENUM, key: TypeName, told: set[str], context: MigrationContext
) -> OpList:
    """Add labels; if some go or move, recreate the type: PostgreSQL can't do that.

    Nor can it use a label in the transaction that adds it, such as in a default.
    """
    name = name_of(after, context.dialect)
    new = [label for label in after.enums if label not in before.enums]
    used = any(
        label == each or (each.startswith("{") and label in each)  # of an array
        for label in new
        for each in told
    )
    kept = [label for label in after.enums if label in before.enums]
    if kept != before.enums or used:
        create = str(CreateEnumType(after).compile(dialect=context.dialect))
        lost = [label for label in before.enums if label not in after.enums]
        return [RecreateTypeOp(key, as_server_gets_it(create, context.dialect), lost)]
    statements = []
    for number, label in enumerate(after.enums):
        if label in new:
            other = literal(after.enums[number - 1] if number else before.enums[0])
            place = f"{'AFTER' if number else 'BEFORE'} {other}"
            statements.append(f"ALTER TYPE {name} ADD VALUE {literal(label)} {place}")
    return [TypeOp(each, after, context.dialect) for each in statements]
