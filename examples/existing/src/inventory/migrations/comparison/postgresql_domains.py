# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which domains PostgreSQL creates, changes and drops."""

from collections.abc import Iterable
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import (
    DOMAIN,
    ENUM,
    CreateDomainType,
    DropDomainType,
)
from sqlalchemy.types import TypeEngine

from .operations import OpList, as_server_gets_it
from .postgresql_asking import (
    ReflectedDomain,
    ask_domain,
    create_domain,
    labels_of,
    reflected_domains,
)
from .postgresql_columns import columns_of
from .postgresql_recreate_types import RecreateTypeOp, TypeOp, types_to_recreate
from .postgresql_types import (
    TypeName,
    by_name,
    columns_of_models,
    name_of,
    new_types,
    types_of_extensions,
)


def mend_domains(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Create the domains of columns, change them, drop them with the last column."""
    dialect, schema = context.dialect, context.dialect.default_schema_name
    wanted = domains((each.type for each in columns_of_models(context)), schema)
    added, dropped = (domains(new_types(d.ops), schema) for d in (upgrade, downgrade))
    if not (wanted or dropped):
        return
    there, theirs = reflected_domains(context), types_of_extensions(context)
    first: OpList = []
    last: OpList = []
    for key, domain in wanted.items():
        if key in added.keys() - there.keys() - theirs:
            first.append(TypeOp(CreateDomainType(domain), domain, dialect))
            last.insert(0, TypeOp(DropDomainType(domain), domain, dialect))
        elif key in there.keys() - theirs and (asked := ask_domain(context, domain)):
            after = with_other_checks(asked, there[key])
            first += change_domain(there[key], after, domain, key, context)
            last[:0] = change_domain(after, there[key], domain, key, context)
    upgrade.ops[:0] = first
    downgrade.ops += last
    lost = there.keys() - wanted.keys() - theirs
    for key, domain in reversed(dropped.items()):
        if key in lost:
            create = create_domain(there[key], name_of(domain, dialect))
            upgrade.ops.append(TypeOp(DropDomainType(domain), domain, dialect))
            downgrade.ops.insert(0, TypeOp(create, domain, dialect))


def domains(
    types: Iterable[TypeEngine[Any]], schema: str | None
) -> dict[TypeName, DOMAIN]:
    """Return the domains among these types, each after those that it is made of."""
    found = by_name(types, schema).items()
    return {key: type_ for key, type_ in found if isinstance(type_, DOMAIN)}


def with_other_checks(
    asked: ReflectedDomain, before: ReflectedDomain
) -> ReflectedDomain:
    """Leave CHECKs that were added by hand: a domain of SQLAlchemy has one at most."""
    others = before.checks if len(before.checks) > 1 else {}
    checks = {**others, **asked.checks}
    same = sorted(checks.values()) == sorted(before.checks.values())
    return asked._replace(checks=before.checks if same else checks)


def change_domain(
    before: ReflectedDomain,
    after: ReflectedDomain,
    domain: DOMAIN,
    key: TypeName,
    context: MigrationContext,
) -> OpList:
    """Return what makes a domain another one; its type is recreated if it must be."""
    new = {n: c for n, c in after.checks.items() if before.checks.get(n) != c}
    looks_at_rows = new or (after.not_null and not before.not_null)
    if (
        before.type != after.type
        or (  # or it can't look into arrays
            looks_at_rows and in_arrays(context, key)
        )
        or (before != after and other_labels(context, domain))
    ):
        create = create_domain(after, name_of(domain, context.dialect))
        return [RecreateTypeOp(key, as_server_gets_it(create, context.dialect))]
    changes = [
        f"DROP CONSTRAINT {name}"
        for name, check in before.checks.items()
        if after.checks.get(name) != check
    ]
    if before.default != after.default:
        default = after.default
        changes.append(f"SET DEFAULT {default}" if default else "DROP DEFAULT")
    if before.not_null != after.not_null:
        changes.append(f"{'SET' if after.not_null else 'DROP'} NOT NULL")
    changes += [f"ADD CONSTRAINT {name} {check}" for name, check in new.items()]
    alter = f"ALTER DOMAIN {name_of(domain, context.dialect)}"
    return [TypeOp(f"{alter} {change}", domain, context.dialect) for change in changes]


def in_arrays(context: MigrationContext, key: TypeName) -> bool:
    """Return whether a column has an array of a domain."""
    types = types_to_recreate(context, {key: ""})
    columns = columns_of(cast("Connection", context.connection), types)
    return any(column.array for column in columns)


def other_labels(context: MigrationContext, domain: DOMAIN) -> bool:
    """Return whether a domain is over an enum whose labels change."""
    found = labels_of(cast("Connection", context.connection))
    types = by_name([domain], context.dialect.default_schema_name)
    return any(
        found.get(key) != type_.enums
        for key, type_ in types.items()
        if isinstance(type_, ENUM)
    )
