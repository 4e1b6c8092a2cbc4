"""Templates and modules are compiled once in a process, and known by their whole source."""

from __future__ import annotations

from functools import lru_cache
from importlib.machinery import SourceFileLoader
from typing import Any

from jinja2 import Environment


def keep() -> None:
    """Keep what was compiled.

    Copier makes an Environment for each render: without this, compiling is four fifths of it.
    Alembic reads env.py and what is beside it for each command.
    """
    compile_template, compile_module = Environment.compile, SourceFileLoader.source_to_code
    templates: dict[tuple[Any, ...], Any] = {}

    def template(
        environment: Environment,
        source: Any,
        name: str | None = None,
        filename: str | None = None,  # of a clone that Copier makes for each render
        **options: bool,
    ) -> Any:
        settings = (type(environment), environment.lexer, *environment.extensions)
        key = (*settings, source, name, *options.items())
        if key not in templates:
            templates[key] = compile_template(environment, source, name, filename, **options)  # type: ignore[call-overload]
        return templates[key]

    @lru_cache(maxsize=500)
    def module(loader: SourceFileLoader, data: bytes, path: str, **options: Any) -> Any:
        return compile_module(loader, data, path, **options)

    Environment.compile = template  # type: ignore[assignment,method-assign]
    SourceFileLoader.source_to_code = module  # type: ignore[assignment]
