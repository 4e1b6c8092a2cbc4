# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which columns have the types that PostgreSQL knows by a name."""

import re
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from itertools import chain
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import ARRAY, Column, Connection, Dialect, Enum, text
from sqlalchemy.dialects.postgresql import DOMAIN, ENUM
from sqlalchemy.types import TypeEngine

from .column_types import array_of, variants
from .operations import OpList
from .schemas import added_columns, create_schemas

TypeName = tuple[str | None, str | None]  # schema and name


def without_own_ddl(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return a type that makes nothing when its table is made: the revision does."""
    here = variants(type_).get("postgresql", type_)
    if isinstance(here, ARRAY):
        item = without_own_ddl(here.item_type)
        return type_ if item is here.item_type else array_of(item, here)
    bare = copy(here)
    if isinstance(bare, DOMAIN):
        bare.data_type = without_own_ddl(bare.data_type)
        bare.create_type = False
        return bare
    if hasattr(bare, "spatial_index"):  # GeoAlchemy2's make an index
        vars(bare).update(spatial_index=False, use_N_D_index=False, use_typmod=None)
        vars(bare).update(nullable=True, _spatial_index_reflected=None)
        return bare
    if not isinstance(here, Enum) or not here.native_enum:
        return type_
    return ENUM(*here.enums, name=here.name, schema=here.schema, create_type=False)


def spelling_by_name(
    type_: TypeEngine[Any], imports: set[str], spell: Callable[[TypeEngine[Any]], str]
) -> str | None:
    """Spell an enum or a domain, which the revision creates and drops by itself."""
    if isinstance(type_, ENUM):
        kind = "ENUM"
        arguments = [*map(repr, type_.enums), f"name={str(type_.name)!r}"]
    elif isinstance(type_, DOMAIN):
        kind = "DOMAIN"
        arguments = [repr(str(type_.name)), spell(type_.data_type)]
    else:
        return None
    imports.add("from sqlalchemy.dialects import postgresql")
    arguments += [f"schema={str(type_.schema)!r}"] if type_.schema else []
    return f"postgresql.{kind}({', '.join(arguments)}, create_type=False)"


def columns_of_models(context: MigrationContext) -> list[Column[Any]]:
    """Return the columns of all tables that have a model."""
    models = context.opts["target_metadata"]
    tables = [table for metadata in models for table in metadata.tables.values()]
    return [column for table in tables for column in table.columns]


def new_types(operations: OpList) -> Iterator[TypeEngine[Any]]:
    """Yield the types of columns that these operations add or give another type."""
    yield from (column.type for column in added_columns(operations))
    for table in operations:
        for op in table.ops if isinstance(table, ops.ModifyTableOps) else ():
            if isinstance(op, ops.AlterColumnOp) and op.modify_type is not None:
                yield op.modify_type


def parts(type_: TypeEngine[Any]) -> Iterator[TypeEngine[Any]]:
    """Yield the types that an array or a domain is made of, and then the type."""
    for attribute in ("item_type", "data_type"):
        if isinstance(part := getattr(type_, attribute, None), TypeEngine):
            yield from parts(part)
    yield type_


def by_name(
    types: Iterable[TypeEngine[Any] | None], default: str | None
) -> dict[TypeName, ENUM | DOMAIN]:
    """Return the enums and domains among types and their parts, the parts first."""
    every = chain.from_iterable(parts(type_) for type_ in types if type_ is not None)
    return {
        (part.schema or default, part.name): part
        for part in every
        if isinstance(part, ENUM | DOMAIN)
    }


def create_schemas_of_types(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Create the schemas that tables and their types need."""
    types = by_name((column.type for column in columns_of_models(context)), None)
    create_schemas(context, upgrade, downgrade, {schema for schema, _ in types})


def types_of_extensions(context: MigrationContext) -> set[TypeName]:
    """Return the types that extensions own: they come and go with these."""
    query = text("""
        SELECT nspname, typname FROM pg_depend
        JOIN pg_type ON pg_type.oid = objid
        JOIN pg_namespace ON pg_namespace.oid = typnamespace
        WHERE classid = 'pg_type'::regclass AND deptype = 'e'
    """)
    found = cast("Connection", context.connection).execute(query)
    return {(schema, name) for schema, name in found}


def constant(default: str | None) -> str:
    """Return a constant without its type, which PostgreSQL keeps when it changes."""
    literal = r"^\(*('(?:[^']|'')*'|-?[\d.]+)\)*::[^']+$"
    bare = re.sub(literal, r"\1", default or "NULL")
    return re.sub(r"^'(-?[\d.]+)'$", r"\1", bare)


def name_of(type_: ENUM | DOMAIN, dialect: Dialect) -> str:
    """Return the name of a type as SQL."""
    return str(cast("Any", dialect.identifier_preparer).format_type(type_))


def literal(label: str) -> str:
    """Return a string as SQL writes it."""
    return "'" + label.replace("'", "''") + "'"
