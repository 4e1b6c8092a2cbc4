# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which CHECKs are new, changed or gone."""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Table, TextClause, text
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.engine.interfaces import ReflectedCheckConstraint
from sqlalchemy.sql.elements import conv

from .asking import AskingImpl
from .names import kept_name, mentions
from .operations import AddCheckOp, as_text


def change_checks(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Add CHECKs that are new, make those anew that changed: Alembic compares none."""
    impl = cast("AskingImpl", context.impl)
    for table, there in impl.compared.items():
        found = reflected_checks(there)
        items = [c for c in table.constraints if isinstance(c, CheckConstraint)]
        checks = {
            kept_name(check.name, impl.dialect): impl.render_ddl_sql_expr(check.sqltext)
            for check in sorted(items, key=lambda check: str(check.name))
        }
        changes = changes_of(table, upgrade).ops
        lost = {op.column_name for op in changes if isinstance(op, ops.DropColumnOp)}
        asked = impl.ask_checks(table, checks) if checks else {}
        say_again(table, asked, found, impl)
        new, old = compare_checks(table, checks, found, asked, lost)
        replace_checks(table, upgrade, old, new)
        replace_checks(table, downgrade, new, old)


def reflected_checks(table: Table) -> list[ReflectedCheckConstraint]:
    """Return what the database says of the CHECKs of a table, as Alembic read it."""
    checks = [c for c in table.constraints if isinstance(c, CheckConstraint)]
    return [
        {
            "name": cast("str | None", check.name),
            "sqltext": cast("TextClause", check.sqltext).text,
        }
        for check in sorted(checks, key=lambda check: str(check.name))
    ]


def say_again(
    table: Table, asked: dict[str, str], found: Iterable[Any], impl: AskingImpl
) -> None:
    """Ask about what the database said, too: it may say that in other words again."""
    there = {check["sqltext"] for check in found}
    if new := {*asked.values()} - there:
        told = {each: as_text(each, DefaultDialect()) for each in new | there}
        said = impl.ask_checks(table, told)
        asked.update({name: said.get(each, each) for name, each in asked.items()})
        for check in found:
            check["sqltext"] = said.get(check["sqltext"], check["sqltext"])


def compare_checks(
    table: Table,
    checks: Mapping[str, str],
    found: Iterable[ReflectedCheckConstraint],
    asked: Mapping[str, str],
    lost: AbstractSet[str],
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the CHECKs to add and those to drop, each by name.

    A CHECK is recognised by its name or, under another one, by what it says. One that
    is in no model stays: a user may have added it. But those go that have their name
    from here, or say something of a column that goes.
    """
    there = {str(check["name"]): check["sqltext"] for check in found if check["name"]}
    others = [check for check in found if check["name"] not in checks]
    new: dict[str, str] = {}
    for name, condition in checks.items():
        said = asked.get(name, there.get(name))
        same = next((check for check in others if check["sqltext"] == said), None)
        if name not in there and same:
            others.remove(same)
        elif name not in there or there[name] != said:
            new[name] = condition
    # An older name from here has a number, or nothing, in place of the digest.
    older = {name[:-7] for name in new if is_ours(name, table)}
    older |= {f"ck_{table.name}"} if older else set()
    gone = {
        name
        for name in there.keys() & {check["name"] for check in others}
        if is_ours(name, table)
        or re.sub(r"_\d+$", "", name) in older
        or any(mentions(there[name], column) for column in lost)
    }
    old = {
        name: as_text(sqltext, DefaultDialect())
        for name, sqltext in there.items()
        if name in {*new, *gone}
    }
    return new, old


def is_ours(name: str, table: Table) -> bool:
    """Return whether a CHECK has its name from here, and not from a user."""
    kept = name.startswith(f"ck_{table.name}_"[:56])
    return kept and bool(re.fullmatch(r"ck_.+_[0-9a-f]{6}", name))


def changes_of(table: Table, container: ops.OpContainer) -> ops.ModifyTableOps:
    """Return the changes of a table, to add some."""
    for op in container.ops:
        if isinstance(op, ops.ModifyTableOps) and (
            (op.schema, op.table_name) == (table.schema, table.name)
        ):
            return op
    return ops.ModifyTableOps(table.name, [], schema=table.schema)


def changes_in(container: ops.OpContainer, table: Table) -> ops.ModifyTableOps:
    """Return the changes of a table, which the container has now if it had none."""
    changes = changes_of(table, container)
    if changes not in container.ops:
        container.ops.append(changes)
    return changes


def replace_checks(
    table: Table,
    container: ops.OpContainer,
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> None:
    """Drop CHECKs before the other changes of a table, and add CHECKs after them."""
    if not (before or after):
        return

    def add(name: str, condition: str) -> AddCheckOp:
        sql = text(condition)
        return AddCheckOp(conv(name), table.name, sql, schema=table.schema)

    drops = [add(name, condition).reverse() for name, condition in before.items()]
    adds = [add(name, condition) for name, condition in after.items()]
    changes = changes_in(container, table).ops
    changes[:] = [*drops, *changes, *adds]
