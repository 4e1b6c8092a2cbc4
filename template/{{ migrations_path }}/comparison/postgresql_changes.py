# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""In which order PostgreSQL changes types, and what is made again around that.

PostgreSQL refuses to change the type of a column that a view shows or a trigger asks
about, and an index or a CHECK may compare it with the old type. What depends on it is
dropped before and made again after, in its own words: a revision holds them as SQL.
"""

from collections.abc import Mapping
from typing import cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Table

from .operations import executes_lines, flat
from .postgresql_again import (
    Again,
    left_to_database,
    models_of_other_types,
    tables_of_models,
)
from .postgresql_anew import (
    MakeAnewOp,
    columns_of,
    made_anew,
    types_of,
)
from .postgresql_definitions import Level, Node
from .postgresql_dependents import dependents
from .postgresql_phases import DROPS, has, put_in_order
from .postgresql_refusals import refuse_lost_words, refuse_partition_keys
from .postgresql_touched import touched

OF_TABLES = ("COLUMN", "CONSTRAINT", "DEFAULT", "INDEX")  # which models may have


def change_types(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Put changes of types between what goes and what comes, and keep what depends."""
    connection = cast("Connection", context.connection)
    drops = [op for op in flat(upgrade) if isinstance(op, DROPS)]
    gone = {node for op in drops for node in touched(connection, op)}
    for container in upgrade, downgrade:
        models = (
            models_of_other_types(context, container) if container is upgrade else {}
        )
        change_one_way(context, container, gone, models)


def change_one_way(
    context: MigrationContext,
    container: ops.OpContainer,
    gone: set[Node],
    models: Mapping[int, Table],
) -> None:
    """Change the types of one direction."""
    connection = cast("Connection", context.connection)
    every = flat(container)
    alters = [
        (node, op)
        for op in every
        if isinstance(op, ops.AlterColumnOp)
        for node in touched(connection, op)
    ]
    changed = {
        node: left_to_database(op.existing_type, op.modify_type)
        for node, op in alters
        if op.modify_type is not None
    }
    anew = [op for op in every if isinstance(op, MakeAnewOp)]
    types = types_of(context, anew)
    keys = {type_.key for type_ in types}
    default = context.dialect.default_schema_name
    moving = {
        node
        for node, op in alters
        if op.modify_type is not None
        and has(op.existing_type, keys, default) != has(op.modify_type, keys, default)
    }
    columns = [
        column
        for column in (columns_of(connection, types) if types else [])
        if column.node not in gone | moving
    ]
    changed |= {type_.node: Level.NEVER for type_ in types}
    changed |= {column.node: Level.NEVER for column in columns}
    if not changed:
        return
    refuse_partition_keys(connection, changed)
    around = dependents(connection, changed, gone)
    if not (around or types):
        return
    ours = tables_of_models(context)
    again = [
        Again(
            context,
            it,
            f"alembic.found_{number}",
            models,
            by_hand=it.kind not in OF_TABLES or it.table_oid not in ours,
        )
        for number, it in enumerate(around, 1)
    ]
    defaults = {node for node, op in alters if op.modify_server_default is not False}
    said = {each.it.thing: str(each.it.create) for each in again if not each.by_model}
    for column in columns:
        if column.node not in defaults:
            said[f"DEFAULT of {column.table}.{column.column}"] = column.default or ""
    refuse_lost_words(context, said, anew, [op for _, op in alters] if models else [])
    statements = made_anew(connection, types, columns, defaults, ours)
    put_in_order(
        container, [executes_lines(each) for each in statements], keys, default
    )
    container.ops[:0] = [op for each in again for op in each.drop()]
    container.ops += [op for each in reversed(again) for op in each.make()]
