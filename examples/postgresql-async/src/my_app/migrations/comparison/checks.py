# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which CHECKs are new, changed or gone."""

import re
from collections.abc import Mapping
from itertools import chain
from typing import cast

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, Table, TextClause, inspect, text
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql.elements import conv

from .asking import AskingImpl
from .operations import as_text


class AddCheckOp(ops.CreateCheckConstraintOp):
    """Adds a CHECK to a table: Alembic has the operation, but does not write it."""


@renderers.dispatch_for(AddCheckOp)
def render_add_check(context: AutogenContext, op: AddCheckOp) -> str:
    """Return Python that adds a CHECK."""
    impl = context.migration_context.impl
    condition = impl.render_ddl_sql_expr(cast("TextClause", op.condition))
    name = f"op.f({op.constraint_name!r})"
    if context.opts.get("render_as_batch"):
        return f"batch_op.create_check_constraint({name}, {condition!r})"
    schema = f", schema={op.schema!r}" if op.schema else ""
    arguments = f"{name}, {op.table_name!r}, {condition!r}{schema}"
    return f"op.create_check_constraint({arguments})"


def change_checks(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Add CHECKs that are new, make those anew that changed: Alembic compares none."""
    inspector = inspect(cast("Connection", context.connection))
    impl = cast("AskingImpl", context.impl)
    include = AutogenContext(context).run_object_filters
    created = [op for op in upgrade.ops if isinstance(op, ops.CreateTableOp)]
    new_tables = {(op.schema, op.table_name) for op in created}
    models = context.opts["target_metadata"]
    for table in chain.from_iterable(metadata.tables.values() for metadata in models):
        if (table.schema, table.name) in new_tables:
            continue
        items = [c for c in table.constraints if isinstance(c, CheckConstraint)]
        checks = {str(c.name): impl.render_ddl_sql_expr(c.sqltext) for c in items}
        changes = changes_of(table, upgrade).ops
        lost = [op.column_name for op in changes if isinstance(op, ops.DropColumnOp)]
        if not (checks or lost) or not include(
            table, table.name, "table", reflected=False, compare_to=None
        ):
            continue
        there = inspector.get_check_constraints(table.name, schema=table.schema)
        texts = [check["sqltext"] for check in there]
        named = {str(c["name"]): c["sqltext"] for c in there if c["name"]}
        asked = impl.ask_checks(table, checks)
        new = [name for name in checks if asked.get(name, named.get(name)) not in texts]
        used = rf"\b({'|'.join(map(re.escape, lost))})\b"
        old = [n for n in named if n in new or (lost and re.search(used, named[n]))]
        before = {name: as_text(named[name], DefaultDialect()) for name in old}
        after = {name: checks[name] for name in new}
        replace_checks(table, upgrade, before, after)
        replace_checks(table, downgrade, after, before)


def changes_of(table: Table, container: ops.OpContainer) -> ops.ModifyTableOps:
    """Return the changes of a table, to add some."""
    for op in container.ops:
        if isinstance(op, ops.ModifyTableOps) and (
            (op.schema, op.table_name) == (table.schema, table.name)
        ):
            return op
    return ops.ModifyTableOps(table.name, [], schema=table.schema)


def replace_checks(
    table: Table,
    container: ops.OpContainer,
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> None:
    """Drop CHECKs before the other changes of a table, and add CHECKs after them."""
    changes = changes_of(table, container)
    if not changes.ops and (before or after):
        container.ops.append(changes)

    def add(name: str, condition: str) -> AddCheckOp:
        sql = text(condition)
        return AddCheckOp(conv(name), table.name, sql, schema=table.schema)

    drops = [add(name, condition).reverse() for name, condition in before.items()]
    adds = [add(name, condition) for name, condition in after.items()]
    changes.ops = [*drops, *changes.ops, *adds]
