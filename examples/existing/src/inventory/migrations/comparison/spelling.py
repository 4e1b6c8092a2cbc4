# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How a type is written in Python."""

from collections.abc import Callable
from contextlib import suppress
from inspect import Parameter, signature
from types import FunctionType
from typing import Any, cast

import sqlalchemy as sa
from alembic.util import CommandError
from sqlalchemy import Dialect
from sqlalchemy.types import TypeEngine

from .column_types import imported, same_ddl, with_variants

# Spells the types that a database writes in its own way, and no others.
Own = Callable[[TypeEngine[Any], set[str]], str | None]


def spelling(
    type_: TypeEngine[Any], dialect: Dialect, imports: set[str], own: Own
) -> str:
    """Return Python that gives the type, and add the imports that it needs."""
    if spelt := own(type_, imports):
        return spelt
    bare = with_variants(type_, {})  # Alembic spells them
    for spell in (of_repr, of_constructor):
        needed = {imported(type(type_))[0]}
        with suppress(Exception):  # of the type's own class
            text = spell(bare, dialect, needed, own)
            if same_ddl(bare, evaluated(text, needed), dialect):
                imports.update(needed)
                return text
    raise CommandError(
        f"No Python was found that gives the type {type_!r}: "
        "return it from `render_item` of options in hooks.py"
    )


def evaluated(text: str, imports: set[str]) -> TypeEngine[Any]:
    """Return the type that Python makes of a spelling."""
    namespace: dict[str, Any] = {"sa": sa}
    source = "\n".join([*imports, f"found = {text}"])
    FunctionType(compile(source, text, "exec"), namespace)()
    return cast("TypeEngine[Any]", namespace["found"])


def of_repr(type_: TypeEngine[Any], *_: object) -> str:
    """Spell a type as it does itself."""
    name = type(type_).__name__
    return imported(type(type_))[1] + repr(type_).removeprefix(name)


def of_constructor(
    type_: TypeEngine[Any], dialect: Dialect, imports: set[str], own: Own
) -> str:
    """Spell a type with its constructor's arguments, taken from attributes."""

    def spell(value: object) -> str:
        if isinstance(value, TypeEngine):
            return spelling(value, dialect, imports, own)
        if isinstance(value, list | tuple):
            return f"[{', '.join(map(spell, value))}]"
        if isinstance(value, type | FunctionType):
            imports.add(f"import {value.__module__}")
            return f"{value.__module__}.{value.__qualname__}"
        return repr(value)

    arguments: list[str] = []
    for parameter in signature(type(type_)).parameters.values():
        value = getattr(type_, parameter.name, parameter.default)
        if parameter.kind is Parameter.VAR_POSITIONAL:
            arguments += map(spell, value)
        elif parameter.kind is not Parameter.VAR_KEYWORD and value != parameter.default:
            arguments.append(f"{parameter.name}={spell(value)}")
    return f"{imported(type(type_))[1]}({', '.join(arguments)})"
