# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which of SQLAlchemy's types a column has in this database."""

import re
from collections.abc import Mapping
from contextlib import suppress
from copy import copy
from importlib import import_module
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ARRAY, Dialect, make_url
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import NoSuchModuleError
from sqlalchemy.types import SchemaType, TypeDecorator, TypeEngine
from sqlalchemy.util import immutabledict


def in_database(type_: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    """Return SQLAlchemy's type for one that the application made, if there is one."""
    if isinstance(type_, ARRAY):
        return array_of(in_database(type_.item_type, dialect), type_)
    others = variants(type_)
    if isinstance(type_, SchemaType) and dialect.name in others:
        return in_database(others[dialect.name], dialect)  # which its copies would lose
    if all(is_public(type(each)) for each in (type_, *others.values())):
        return type_
    plain = with_variants(underlying(type_, DefaultDialect()), {})
    for name in sorted({dialect.name, *others, "mysql", "postgresql", "sqlite"}):
        with suppress(NoSuchModuleError):  # a variant for a dialect that isn't there
            other = dialect_of(name)
            variant = underlying(type_, other)
            if ddl(variant, other) not in (None, ddl(plain, other)):
                plain = plain.with_variant(variant, name)
    return plain


def array_of(item_type: TypeEngine[Any], like: ARRAY[Any]) -> ARRAY[Any]:
    """Return an array of other items."""
    array = copy(like)
    array.item_type = item_type
    return array


def underlying(type_: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    """Return the type that stands behind TypeDecorators and subclasses on a dialect."""
    type_ = variants(type_).get(dialect.name, type_)
    while isinstance(type_, TypeDecorator) and not is_public(type(type_)):
        type_ = type_.load_dialect_impl(dialect)
        type_ = variants(type_).get(dialect.name, type_)
    for class_ in filter(is_public, type(type_).__mro__):
        with suppress(Exception):  # of a class that is no whole type
            same = type_ if class_ is type(type_) else type_.adapt(class_)
            if same_ddl(same, type_, dialect):
                return same
    return type_


def variants(type_: TypeEngine[Any]) -> Mapping[str, TypeEngine[Any]]:
    """Return what with_variant() was given, by the dialect's name."""
    found: Mapping[str, TypeEngine[Any]] = getattr(type_, "_variant_mapping", {})
    return found


def with_variants(
    type_: TypeEngine[Any], others: Mapping[str, TypeEngine[Any]]
) -> TypeEngine[Any]:
    """Return a copy of the type that has these variants and no others."""
    same = copy(type_)
    vars(same)["_variant_mapping"] = immutabledict(others)  # as with_variant() does
    return same


def is_public(class_: type) -> bool:
    """Return whether SQLAlchemy gives a type to its users."""
    statement, name = imported(class_)
    return statement.startswith("from sqlalchemy.") or name.startswith("sa.")


def imported(class_: type) -> tuple[str, str]:
    """Return the import for a class and its name after that."""
    name, module = class_.__name__, class_.__module__
    dialects = "sqlalchemy.dialects."
    if module.startswith(dialects):
        dialect = module.removeprefix(dialects).partition(".")[0]
        if getattr(import_module(dialects + dialect), name, None) is class_:
            return f"from sqlalchemy.dialects import {dialect}", f"{dialect}.{name}"
    if getattr(sa, name, None) is class_:
        return "import sqlalchemy as sa", f"sa.{name}"
    return f"import {module}", f"{module}.{class_.__qualname__}"


def dialect_of(name: str) -> Dialect:
    """Return a dialect without a driver."""
    return make_url(f"{name}://").get_dialect()()


def ddl(type_: TypeEngine[Any], dialect: Dialect) -> object:
    """Return what a database is told of the type, or None if it can't be."""
    with suppress(Exception):  # of a compiler, or of the type's own class
        told = dialect.type_compiler_instance.process(type_)
        return told, getattr(variants(type_).get(dialect.name, type_), "enums", None)
    return None


def same_ddl(one: TypeEngine[Any], other: TypeEngine[Any], dialect: Dialect) -> bool:
    """Return whether databases are told the same of two types."""
    dialects = [dialect, DefaultDialect()]
    if match := re.match(r"sqlalchemy\.dialects\.(\w+)", type(one).__module__):
        dialects.append(dialect_of(match[1]))
    told = [(ddl(one, each), ddl(other, each)) for each in dialects]
    return any(pair[0] for pair in told) and all(pair[0] == pair[1] for pair in told)
