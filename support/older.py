"""An older form of a schema, drawn by a seed: what its models may have been before."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.exc import UnsupportedCompilationError
from sqlalchemy.schema import DefaultClause

CHANGES = 5  # in a form
Option = tuple[str, str, Callable[[], None]]  # kind, of what, and how


def older(metadata: MetaData, seed: int) -> MetaData:
    """Return a copy of the schema with some changes, which stand in its `info`.

    Each can be taken back where there are rows: what the real form requires has a default, or was
    there. A CHECK is never one more, because one that no model has is left alone.
    """
    form = copy_of(metadata)
    draw = random.Random(f"{seed} {sorted(form.tables)}")  # noqa: S311 # the same each time
    done: dict[str, str] = {}  # of a thing: what became of it
    for _ in range(CHANGES):
        found = {
            (kind, thing): change for kind, thing, change in options(form) if thing not in done
        }
        if not found:
            break
        # First the kind: there are more columns than tables.
        kind = draw.choice(sorted({kind for kind, _ in found}))
        thing = draw.choice(sorted(thing for each, thing in found if each == kind))
        found[kind, thing]()
        done[thing] = kind
    form.info["changes"] = [f"{kind} {thing}" for thing, kind in done.items()]
    return form


def copy_of(metadata: MetaData) -> MetaData:
    """Return a copy, with what SQLAlchemy leaves behind: rules of ddl_if(), and domains."""
    copy = MetaData(schema=metadata.schema, naming_convention=metadata.naming_convention)

    def key(item: Any) -> tuple[object, ...]:
        return type(item), item.name, *(column.name for column in item.columns)

    for table in metadata.tables.values():
        twin = table.to_metadata(copy)
        for column in twin.columns:
            type_ = table.columns[column.key].type
            if isinstance(getattr(type_, "item_type", type_), DOMAIN):
                column.type = type_
        items: Any = (*table.constraints, *table.indexes)
        rules = {key(item): getattr(item, "_ddl_if", None) for item in items}
        for item in (*twin.constraints, *twin.indexes):
            vars(item)["_ddl_if"] = rules.get(key(item))  # a name may be given later
    return copy


def options(form: MetaData) -> Iterator[Option]:
    """Yield all that may be changed."""
    yield "new table", "older", partial(new_table, form)
    tables = [table for name, table in form.tables.items() if name != "older"]
    referred = {element.column for table in tables for element in table.foreign_keys}
    for table in tables:
        if len(tables) > 1 and not any(column in referred for column in table.columns):
            yield "lost table", table.key, partial(form.remove, table)
        yield "comment", table.key, partial(flip_comment, table)
        yield "new column", f"{table.key}.older", partial(new_column, table)
        yield from of_items(table, referred)
        for column in [column for column in table.columns if "older" not in column.name]:
            for kind, change in of_column(column, referred):
                yield kind, f"{table.key}.{column.name}", change
    yield from of_enums(form)


# --- Tables ---------------------------------------------------------------------------------


def new_table(form: MetaData) -> None:
    """Have a table that goes."""
    name = Column("name", String(9), unique=True)
    Table("older", form, Column("id", Integer, primary_key=True), name)


def flip_comment(item: Any) -> None:
    """Have a comment, or none."""
    item.comment = None if item.comment else "it's older: 100%"


def of_items(table: Table, referred: set[Any]) -> Iterator[Option]:
    """Yield constraints and indexes that go or come."""
    for number, index in enumerate(sorted(table.indexes, key=lambda index: str(index.name))):
        if "older" not in str(index.name) and not any(
            column in referred for column in index.columns
        ):
            thing = f"{table.key}: {index.name or number}"
            yield "lost index", thing, partial(table.indexes.remove, index)
    constraint: Any
    for constraint in table.constraints:
        columns = ", ".join(column.name for column in constraint.columns)
        thing = f"{table.key}: {columns} {constraint.name or ''}"
        if "older" in thing:
            continue
        if isinstance(constraint, ForeignKeyConstraint):
            yield "lost foreign key", thing, partial(lose_key, constraint)
        elif isinstance(constraint, UniqueConstraint):
            if not any(column in referred for column in constraint.columns):
                yield "lost unique", thing, partial(table.constraints.remove, constraint)
        elif isinstance(constraint, CheckConstraint) and not constraint._type_bound:  # noqa: SLF001
            thing = f"{table.key}: {said(constraint.sqltext)}"
            yield "lost check", thing, partial(lose_check, constraint)


def lose_key(constraint: ForeignKeyConstraint) -> None:
    """Have no such foreign key."""
    constraint.table.constraints.remove(constraint)
    for element in constraint.elements:
        constraint.table.foreign_keys.discard(element)
        element.parent.foreign_keys.discard(element)


def lose_check(constraint: CheckConstraint) -> None:
    """Have no such CHECK, which may be that of a column."""
    table = constraint.table
    table.constraints.remove(constraint)
    for column in table.columns:
        column.constraints.discard(constraint)


def new_column(table: Table) -> None:
    """Have a column that goes, with a foreign key, an index and a CHECK where it can."""
    keys = [
        other.c[column.name]
        for other in sorted(table.metadata.tables.values(), key=lambda t: t.key)
        for column in other.primary_key.columns
        if len(other.primary_key.columns) == 1 and type(column.type) is Integer
    ]
    leads = [ForeignKey(f"{keys[0].table.key}.{keys[0].name}")] if keys else []
    table.append_column(Column("older_id", Integer, *leads, index=True))
    table.append_column(Column("older text", String(9), server_default="it's"))
    table.append_constraint(CheckConstraint("older_id > 0", name=f"ck_{table.name}_older"))


# --- Columns --------------------------------------------------------------------------------


def of_column(column: Any, referred: set[Any]) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield how a column may have been."""
    if column.primary_key or column.computed or column.identity:
        return
    yield "comment", partial(flip_comment, column)
    checked = column.name in texts(column.table)  # no row may be right and have a value
    of_its_own = "TIMESTAMP" in str(column.type).upper()  # MySQL's rules
    null = str(getattr(column.server_default, "arg", "")).upper() == "NULL"
    if not (checked or of_its_own or null):
        yield "nullable", partial(setattr, column, "nullable", not column.nullable)
    yield from of_place(column, referred)
    default = column.server_default
    if isinstance(default, DefaultClause):
        yield "no default", partial(set_default, column, None)
    if column in referred or column.foreign_keys or column.default or default is not None:
        return
    for kind, type_ in smaller(column.type):
        yield kind, partial(setattr, column, "type", type_)
    value = {Integer: "7", String: "it's"}.get(type(column.type))
    if value and (getattr(column.type, "length", None) or 9) > len(value):
        yield "default", partial(set_default, column, value)


def of_place(column: Any, referred: set[Any]) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield how a column may not have been there, and what may have been on it."""
    table = column.table
    constraints = [each for each in table.constraints if each.columns.contains_column(column)]
    named = re.search(rf"\b{re.escape(column.name)}\b", texts(table))
    given = column.nullable or column.server_default is not None
    used = column in referred or column.foreign_keys or constraints or named
    if given and not used and len(table.columns) > 1:
        yield "lost column", partial(lose_column, column)
    text = type(column.type) is String and column.type.length
    plain = text or type(column.type) in (Integer, SmallInteger, BigInteger)
    if plain and table.primary_key.columns:
        yield "new index", partial(index_of, column, table.primary_key.columns[0])
        unique_already = any(isinstance(each, UniqueConstraint) for each in constraints)
        if column not in referred and not unique_already:
            unique = UniqueConstraint(column.key, name=f"uq_older_{table.name}_{column.name}"[:60])
            yield "new unique", partial(table.append_constraint, unique)


def texts(table: Table) -> str:
    """Return all SQL of a table that may name a column."""
    computed = [column.computed.sqltext for column in table.columns if column.computed]
    checks = [c.sqltext for c in table.constraints if isinstance(c, CheckConstraint)]
    indexes = chain.from_iterable(
        (*index.expressions, *index.kwargs.values()) for index in table.indexes
    )
    names = [column.name for index in table.indexes for column in index.columns]
    return " ".join(map(said, (*computed, *checks, *indexes, *names)))


def said(clause: Any) -> str:
    """Return SQL, which an element of a package may have for its own databases alone."""
    try:
        return str(clause)
    except UnsupportedCompilationError:
        return str(clause.compile(dialect=sqlite.dialect()))


def lose_column(column: Any) -> None:
    """Have no such column."""
    column.table._columns.remove(column)  # noqa: SLF001


def set_default(column: Any, value: str | None) -> None:
    """Have this default, or none."""
    column.server_default = None if value is None else DefaultClause(value)
    if column.server_default is not None:
        column.server_default._set_parent(column)  # noqa: SLF001


def index_of(column: Any, key: Column[Any]) -> None:
    """Have an index that goes, with a direction."""
    Index(f"ix_older_{column.table.name}_{column.name}"[:60], column.desc(), key)


def smaller(type_: Any) -> Iterator[tuple[str, Any]]:
    """Yield types from which the real one grew."""
    own = not type_._variant_mapping  # noqa: SLF001 # and no other one for this database
    if own and type(type_) is String and type_.length and type_.length > 3:
        yield "length", String(type_.length // 2, collation=type_.collation)
    if type(type_) is Integer:
        yield "size", SmallInteger()
    if type(type_) is BigInteger:
        yield "size", Integer()
    if type(type_) is Numeric and type_.precision and type_.precision - (type_.scale or 0) > 2:
        yield "precision", Numeric(type_.precision - 1, type_.scale)


# --- Enums ----------------------------------------------------------------------------------


def of_enums(form: MetaData) -> Iterator[Option]:
    """Yield enums that may have had other labels."""
    columns: list[Any] = [c for table in form.tables.values() for c in table.columns]
    by_name: dict[str, list[Any]] = {}
    for column in columns:
        type_ = column.type
        if type(type_) is Enum and type_.name and not type_.create_constraint:
            by_name.setdefault(str(type_.name), []).append(column)
    elsewhere = {
        str(getattr(column.type, "item_type", None) and column.type.item_type.name)
        for column in columns
        if isinstance(getattr(column.type, "item_type", None), Enum)
    }
    for name, users in by_name.items():
        # A default or a CHECK may name a label.
        named = any(c.server_default is not None or c.default for c in users)
        if name not in elsewhere and not named and len(users[0].type.enums) > 1:
            yield "labels", name, partial(change_labels, users)


def change_labels(users: list[Any]) -> None:
    """Have the first label last, another one first, and one less."""
    type_ = users[0].type
    first, *rest = type_.enums
    labels = ["older", *rest[:-1], first] if len(rest) > 1 else ["older", *rest, first]
    same = Enum(
        *labels,
        name=type_.name,
        schema=type_.schema,
        native_enum=type_.native_enum,
        length=max(map(len, (*labels, *type_.enums))),
    )
    for column in users:
        column.type = same
