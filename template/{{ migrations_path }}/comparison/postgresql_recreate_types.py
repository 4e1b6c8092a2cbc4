# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How PostgreSQL recreates a type, with the columns that have it."""

from collections.abc import Collection, Iterator, Mapping
from typing import cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Dialect, ExecutableDDLElement, text
from sqlalchemy.dialects.postgresql import DOMAIN, ENUM

from .operations import executes
from .postgresql_asking import create_domain, reflected_domains
from .postgresql_columns import NamedType, TypedColumn
from .postgresql_definitions import Node, definitions
from .postgresql_details import details
from .postgresql_types import TypeName, constant


class RecreateTypeOp(ops.MigrateOperation):
    """Recreates a type: a placeholder, of which the statements are made together."""

    def __init__(self, key: TypeName, create: str, lost: Collection[str] = ()) -> None:
        """Remember schema and name, the statement that creates it, and lost labels."""
        self.key = key
        self.create = create
        self.lost = lost


class TypeOp(ops.ExecuteSQLOp):
    """Creates, changes or drops a type."""

    def __init__(
        self,
        statement: ExecutableDDLElement | str,
        type_: ENUM | DOMAIN,
        dialect: Dialect,
    ) -> None:
        """Take the statement, and the type that it is about."""
        super().__init__(executes(statement, dialect).sqltext)
        self.type_ = type_


TYPES = """
    WITH RECURSIVE types AS (
        SELECT t.oid, 1 AS depth
        FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
        WHERE nspname = :schema AND typname = :name
        UNION ALL SELECT t.oid, depth + 1
        FROM types JOIN pg_type base ON base.oid = types.oid
        JOIN pg_type t ON t.typbasetype IN (base.oid, base.typarray)
        WHERE t.typtype = 'd'
    )
    SELECT t.oid, nspname, typname,
        CASE typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END,
        CASE WHEN nspname = current_schema() THEN ''
            ELSE quote_ident(nspname) || '.' END,
        quote_ident(typname)
    FROM types JOIN pg_type t USING (oid) JOIN pg_namespace n ON n.oid = typnamespace
    ORDER BY depth
"""


def types_to_recreate(
    context: MigrationContext,
    creates: Mapping[TypeName, str],
    without: Collection[TypeName] = (),
) -> dict[NamedType, str]:
    """Return the types to recreate, and the domains over them, with their creation."""
    connection = cast("Connection", context.connection)
    types: dict[NamedType, str] = {}
    said = reflected_domains(context) if creates else {}
    for schema, name in creates:
        found = connection.execute(text(TYPES), {"schema": schema, "name": name})
        for oid, *key, kind, prefix, quoted in found:
            type_ = NamedType(oid, (key[0], key[1]), kind, prefix, quoted)
            if type_.key in without:
                continue
            if type_.key in creates:
                types[type_] = creates[type_.key]
            else:
                types[type_] = create_domain(said[type_.key], f"{prefix}{quoted}")
    return dict(sorted(types.items(), key=lambda each: each[0].kind == "DOMAIN"))


def recreate_types(
    connection: Connection,
    types: dict[NamedType, str],
    columns: Collection[TypedColumn],
    new_defaults: Collection[Node],
    of_models: Collection[int],
) -> Iterator[str]:
    """Yield what gives columns other types of the same names, each table once."""
    olds = ["alembic_old", *(f"alembic_old_{n}" for n in range(2, len(types) + 1))]
    olds = olds[: len(types)]
    text_between = "::text" if any(type_.kind == "TYPE" for type_ in types) else ""
    for type_, old in zip(types, olds, strict=True):
        yield f"ALTER {type_.kind} {type_.schema}{type_.name} RENAME TO {old}"
    known = definitions(connection, {type_.node for type_ in types})
    for type_, create in types.items():
        yield create
        yield from details(connection, known[type_.node])
    names = {type_.oid: f"{type_.schema}{type_.name}" for type_ in types}
    changes: dict[str, list[str]] = {}
    for each in columns:
        alter, new = f"ALTER COLUMN {each.column}", names[each.type] + each.array
        between = f"{text_between}{each.array}" if text_between else ""
        by_cast = f"{alter} TYPE {new} USING {each.column}{between}::{new}"
        if each.inherited:
            continue
        by_hand = "" if each.node[1] in of_models else "IF EXISTS "
        actions = changes.setdefault(f"{by_hand}{each.table}", [])
        if each.default or each.node in new_defaults:
            actions.append(f"{alter} DROP DEFAULT")
        actions.append(by_cast)
        if each.default and each.node not in new_defaults:
            actions.append(f"{alter} SET DEFAULT {constant(each.default)}")
    for table, actions in changes.items():
        yield f"ALTER TABLE {table} {', '.join(actions)}"
    for type_, old in reversed([*zip(types, olds, strict=True)]):
        yield f"DROP {type_.kind} {type_.schema}{old}"
