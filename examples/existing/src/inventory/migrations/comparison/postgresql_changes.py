# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""In which order PostgreSQL changes types, and what is recreated around that.

PostgreSQL refuses to change the type of a column that a view shows or a trigger asks
about, and an index or a CHECK may compare it with the old type. What depends on it is
dropped before and recreated after, in its own words: a revision holds them as SQL.
"""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from typing import NamedTuple, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import ARRAY, Connection

from .operations import flat
from .postgresql_asking import reflected_domains
from .postgresql_columns import (
    NamedType,
    TypedColumn,
    column_at,
    columns_of,
    made_anew,
    nodes_of,
)
from .postgresql_definitions import Level, Node
from .postgresql_dependents import dependents
from .postgresql_domains import domains
from .postgresql_phases import DROPS, Order, is_made_of
from .postgresql_recreate import Recreated, executes_lines, level_of, models_by_oid
from .postgresql_recreate_types import RecreateTypeOp, recreate_types, types_to_recreate
from .postgresql_refusals import refuse_lost_words, refuse_partition_keys
from .postgresql_types import TypeName, by_name, columns_of_models

OF_TABLES = ("COLUMN", "CONSTRAINT", "DEFAULT", "INDEX")  # which models may have


class Direction(NamedTuple):
    """The operations of an upgrade or a downgrade."""

    container: ops.OpContainer
    leaving: AbstractSet[TypeName]  # domains that it drops
    up: bool


def change_types(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Put changes of types between what goes and what comes, and keep what depends."""
    if not (flat(upgrade) or flat(downgrade)):
        return
    connection = cast("Connection", context.connection)
    default = context.dialect.default_schema_name
    anew = made_anew(upgrade)
    drops = [op for op in flat(upgrade) if isinstance(op, DROPS) and op not in anew]
    gone = {node for op in drops for node in nodes_of(connection, op)}
    there = reflected_domains(context).keys()
    wanted = domains((each.type for each in columns_of_models(context)), default).keys()
    lost = there - wanted
    change_one_way(context, Direction(upgrade, lost, up=True), gone, lost)
    change_one_way(context, Direction(downgrade, wanted - there, up=False), gone, lost)


def change_one_way(
    context: MigrationContext,
    direction: Direction,
    gone: AbstractSet[Node],
    lost: AbstractSet[TypeName],
) -> None:
    """Change the types of one direction: neither recreates domains that are lost."""
    container, leaving, up = direction
    connection = cast("Connection", context.connection)
    recreates = [op for op in flat(container) if isinstance(op, RecreateTypeOp)]
    alters = [
        (node, op)
        for op in flat(container)
        if isinstance(op, ops.AlterColumnOp)
        for node in nodes_of(connection, op)
    ]
    changed = {
        node: level_of(op.existing_type, op.modify_type)
        for node, op in alters
        if op.modify_type is not None
    }
    changed |= {
        node: Level.LOST
        for op in made_anew(container)
        for node in nodes_of(connection, op)
    }
    types = types_to_recreate(context, {op.key: op.create for op in recreates}, lost)
    columns = columns_to_convert(context, types, alters, gone, lost)
    changed |= {type_.node: Level.NEVER for type_ in types}
    changed |= {column.node: Level.NEVER for column in columns}
    if not changed:
        return
    refuse_partition_keys(connection, changed)
    models = models_by_oid(context)
    recreated = [
        Recreated(
            context,
            it,
            f"alembic.found_{number}",
            models if up else {},
            by_hand=it.kind not in OF_TABLES or it.table_oid not in models,
        )
        for number, it in enumerate(dependents(connection, changed, gone), 1)
    ]
    defaults = {node for node, op in alters if op.modify_server_default is not False}
    said = {
        each.it.thing: str(each.it.create) for each in recreated if not each.by_model
    }
    for column in columns:
        if column.node not in defaults:
            said[f"DEFAULT of {column.table}.{column.column}"] = column.default or ""
    refuse_lost_words(context, said, recreates, [op for _, op in alters] if up else [])
    statements = recreate_types(connection, types, columns, defaults, models)
    order = Order(
        {type_.key for type_ in types}, leaving, context.dialect.default_schema_name
    )
    order.put(container, [executes_lines(each) for each in statements])
    container.ops[:0] = [op for each in recreated for op in each.drop()]
    container.ops += [op for each in reversed(recreated) for op in each.create()]


def columns_to_convert(
    context: MigrationContext,
    types: Collection[NamedType],
    alters: Collection[tuple[Node, ops.AlterColumnOp]],
    gone: AbstractSet[Node],
    lost: AbstractSet[TypeName],
) -> list[TypedColumn]:
    """Return the columns of types that are recreated, as they are at that moment."""
    if not types:
        return []
    connection = cast("Connection", context.connection)
    default = context.dialect.default_schema_name
    by_key = {type_.key: type_ for type_ in types}
    columns = {column.node: column for column in columns_of(connection, types)}
    for node, op in alters:
        sides = op.existing_type, op.modify_type
        if op.modify_type is None:
            continue
        if is_made_of(sides[0], by_key, default) != is_made_of(
            sides[1], by_key, default
        ):
            columns.pop(node, None)  # which leaves before, or comes after
        for was, other in (sides, sides[::-1]):
            named = [by_key[k] for k in by_name([other], default) if k in by_key]
            if is_made_of(was, lost, default) and named:
                array = "[]" if isinstance(other, ARRAY) else ""
                for column in column_at(connection, node, named[-1], array):
                    columns[node] = column
    return [column for node, column in columns.items() if node not in gone]
