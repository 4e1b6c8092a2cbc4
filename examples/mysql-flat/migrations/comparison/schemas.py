# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which schemas and sequences the tables need."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from types import ModuleType
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Sequence, inspect
from sqlalchemy.schema import CreateSchema, CreateSequence, DropSchema, DropSequence

from .operations import OpList, executes

# Kind, schema, table if it is not one itself, and name: as include_name() has them.
Item = tuple[str, str | None, str | None, str | None]


def look_at_schemas_of_models(
    migration: MigrationContext,
    hooks: ModuleType,
    foreign: AbstractSet[Item] = frozenset(),
) -> None:
    """Look at nothing but the models' schemas, and not at what is foreign."""
    models = migration.opts["target_metadata"]
    schemas = {table.schema for each in models for table in each.tables.values()}
    if schemas - {None} and "include_schemas" not in hooks.options:
        migration.opts["include_schemas"] = True
    users_include_name = migration.opts.get("include_name")

    def include_name(name: str | None, type_: str, parents: Any) -> bool:
        if users_include_name and not users_include_name(name, type_, parents):
            return False
        if type_ == "schema" and not users_include_name:
            return name is None or name in schemas
        schema, table = parents.get("schema_name"), parents.get("table_name")
        return (type_, schema, table, name) not in foreign

    migration.opts["include_name"] = include_name


def create_schemas(
    context: MigrationContext,
    upgrade: ops.OpContainer,
    downgrade: ops.OpContainer,
    needed: AbstractSet[str | None] = frozenset(),
) -> None:
    """Create the schemas that tables need, and drop them after their last table."""
    needed |= {op.schema for op in upgrade.ops if isinstance(op, ops.CreateTableOp)}
    if needed <= {None}:
        return
    inspector = inspect(cast("Connection", context.connection))
    there = {None, *inspector.get_schema_names()}
    for schema in map(str, sorted(needed - there, key=str)):
        upgrade.ops.insert(0, executes(CreateSchema(schema), context.dialect))
        downgrade.ops.append(executes(DropSchema(schema), context.dialect))


def create_sequences(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Create the sequences that new columns take their defaults from."""
    inspector = inspect(cast("Connection", context.connection))
    for column in added_columns(upgrade.ops):
        sequence = sequence_of(column)
        if not sequence or inspector.has_sequence(sequence.name, sequence.schema):
            continue
        create = executes(CreateSequence(sequence), context.dialect)
        if create.sqltext not in [getattr(op, "sqltext", None) for op in upgrade.ops]:
            upgrade.ops.insert(0, create)
            drop = executes(DropSequence(sequence), context.dialect)
            downgrade.ops.append(drop)


def added_columns(operations: OpList) -> Iterator[Column[Any]]:
    """Yield the columns that these operations add."""
    for op in operations:
        if isinstance(op, ops.CreateTableOp):
            yield from (item for item in op.columns if isinstance(item, Column))
        elif isinstance(op, ops.AddColumnOp):
            yield op.column
        elif isinstance(op, ops.ModifyTableOps):
            yield from added_columns(op.ops)


def leave_own_sequence(column: Column[Any]) -> None:
    """Have a column that has a default get no sequence from the database."""
    if sequence_of(column) or (column.primary_key and column.default):
        column.autoincrement = False


def sequence_of(column: Column[Any]) -> Sequence | None:
    """Return the sequence from which a column takes its default, if it is explicit."""
    for default in (column.default, column.server_default):
        sequence = getattr(getattr(default, "arg", None), "sequence", default)
        if isinstance(sequence, Sequence) and not sequence.optional:
            return sequence
    return None
