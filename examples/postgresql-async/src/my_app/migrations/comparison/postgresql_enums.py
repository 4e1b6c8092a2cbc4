# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which enums PostgreSQL creates, changes and drops."""

import re
from collections.abc import Iterable
from itertools import chain
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.dialects.postgresql import ENUM, CreateEnumType, DropEnumType
from sqlalchemy.dialects.postgresql.base import PGInspector
from sqlalchemy.types import TypeEngine

from .operations import executes
from .postgresql_types import (
    Key,
    columns_of_models,
    made_anew,
    new_types,
    parts,
    types_of_extensions,
)


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
    theirs = types_of_extensions(context)
    columns = columns_of_models(context)
    wanted = enums((column.type for column in columns), schema)
    defaults = [str(getattr(each.server_default, "arg", "")) for each in columns]
    added, dropped = (enums(new_types(d.ops), schema) for d in (upgrade, downgrade))
    for key, enum in sorted((added | wanted).items(), key=str):
        if key in theirs:
            continue
        if key in added.keys() - there.keys():
            upgrade.ops.insert(0, executes(CreateEnumType(enum), dialect))
            downgrade.ops.append(executes(DropEnumType(enum), dialect))
        elif key in there and there[key] != enum.enums:
            before = ENUM(*there[key], name=enum.name, schema=enum.schema)
            upgrade.ops[:0] = change_enum(before, enum, context, defaults)
            downgrade.ops += change_enum(enum, before, context, [])
    for key, enum in sorted(dropped.items(), key=str):
        if key in there.keys() - wanted.keys() - theirs:
            upgrade.ops.append(executes(DropEnumType(enum), dialect))
            downgrade.ops.insert(0, executes(CreateEnumType(enum), dialect))


def enums(types: Iterable[TypeEngine[Any]], schema: str | None) -> dict[Key, ENUM]:
    """Return the enums among these types by schema and name."""
    every = chain.from_iterable(map(parts, types))
    found = [type_ for type_ in every if isinstance(type_, ENUM)]
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
    return made_anew(context, "TYPE", after, CreateEnumType(after), through="text")


def literal(label: str) -> str:
    """Return a string as SQL writes it."""
    return "'" + label.replace("'", "''") + "'"
