# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What this database would hold of the models."""

from collections.abc import Iterable
from itertools import chain
from typing import Any, cast

from sqlalchemy import (
    BLANK_SCHEMA,
    Boolean,
    CheckConstraint,
    Dialect,
    Enum,
    MetaData,
    Table,
)
from sqlalchemy.schema import conv, sort_tables_and_constraints
from sqlalchemy.types import TypeEngine

from .column_types import in_database, variants, with_variants
from .implementation import BaseImpl
from .names import name_checks


def as_in_database(metadata: MetaData, impl: BaseImpl) -> MetaData:
    """Return a copy of the models that says what the database will say of them."""
    dialect = impl.dialect
    default = dialect.default_schema_name

    def schema(table: Table) -> str | None:
        return None if table.schema == default else table.schema

    naming = metadata.naming_convention
    twins = MetaData(naming_convention=naming, info=metadata.info)
    for table in metadata.tables.values():
        twin = table.to_metadata(
            twins,
            schema=cast("str", schema(table)),
            # None would leave the default schema where the models name it.
            referred_schema_fn=lambda _, __, key, ___: cast(
                "str", schema(key.referred_table) or BLANK_SCHEMA
            ),
        )
        made = derived(table)
        for key, item in derived(twin).items():
            if key in made:
                item.name = name_of(made[key], dialect)  # may hold the schema
            else:  # taken out of the model's table
                twin.indexes.discard(item)
                twin.constraints.discard(item)
        for column in twin.columns:
            column.type = in_database(table.columns[column.key].type, dialect)
            impl.complete_column(column)
        write_out_checks(twin)
        leave_those_of_other_databases(table, twin, dialect)
        name_checks(twin, dialect)
        impl.complete_table(twin)
    mark_circles(twins.tables.values())
    return twins


def derived(table: Table) -> dict[object, Any]:
    """Return what index=True, unique=True and types made, which a copy makes anew."""
    items: Iterable[Any] = chain(table.indexes, table.constraints)
    flags = ("_column_flag", "_type_bound")
    return {
        (type(item), *item.columns.keys()): item
        for item in items
        if any(getattr(item, flag, False) for flag in flags)
    }


def name_of(item: Any, dialect: Dialect) -> Any:
    """Return the name of a constraint or index, also one of a type by a convention."""
    if isinstance(item.name, str | None):
        return item.name
    preparer = cast("Any", dialect.identifier_preparer)
    name = preparer.format_constraint(item, _alembic_quote=False)
    return item.name if name is None else conv(name)


def write_out_checks(table: Table) -> None:
    """Make CHECKs of types and columns those of the table: Alembic writes no others."""
    checks = [c for c in table.constraints if getattr(c, "_type_bound", False)]
    for column in table.columns:
        checks += [c for c in column.constraints if isinstance(c, CheckConstraint)]
        column.constraints.difference_update(checks)
        column.type = without_check(column.type)
    table.constraints.difference_update(checks)
    for check in checks:
        same = CheckConstraint(cast("CheckConstraint", check).sqltext, name=check.name)
        table.append_constraint(same)


def without_check(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type without its CHECK."""
    others = {name: without_check(each) for name, each in variants(type_).items()}
    bare = with_variants(type_, others)
    if isinstance(bare, Enum | Boolean):
        bare.create_constraint = False
    return bare


def leave_those_of_other_databases(table: Table, twin: Table, dialect: Dialect) -> None:
    """Take out what rules make no part of this database, such as those of ddl_if()."""
    compiler = cast("Any", dialect).ddl_compiler(dialect, None)

    def key(item: object) -> tuple[object, ...]:
        columns = tuple(column.name for column in getattr(item, "columns", ()))
        sqltext = getattr(item, "sqltext", None)
        sql = "" if sqltext is None else str(sqltext.compile(dialect=dialect))
        return type(item), getattr(item, "name", None), columns, sql

    others = set()
    of_columns = (column.constraints for column in table.columns)
    for item in chain(table.constraints, table.indexes, *of_columns):
        ddl_if = getattr(getattr(item, "_ddl_if", None), "_should_execute", None)
        rule = getattr(item, "_create_rule", None)
        if (ddl_if and not ddl_if(None, item, None, compiler=compiler)) or (
            rule and not rule(compiler)
        ):
            others.add(key(item))
    twin.constraints = {item for item in twin.constraints if key(item) not in others}
    twin.indexes = {item for item in twin.indexes if key(item) not in others}


def mark_circles(tables: Iterable[Table]) -> None:
    """Mark foreign keys that close a circle as those to add after the tables."""
    *_, (_, circular) = cast("Any", sort_tables_and_constraints)(tables)
    for constraint in circular:
        constraint.use_alter = True
