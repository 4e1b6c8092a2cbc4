"""Templates, modules and statements are compiled once in a process, where they are the same."""

from __future__ import annotations

import _imp
import marshal
import ssl
import subprocess
import sys
import tempfile
from copy import copy
from functools import cache, lru_cache, partial
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any
from unittest.mock import patch

import yaml
from alembic.util import pyfiles
from copier import _vcs
from copier._main import Worker
from jinja2 import Environment
from mako.template import Template  # type: ignore[import-untyped]
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.mysql.base import MySQLDialect
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache, memoized_property

# Of a dialect's attributes: not what it makes of them, such as a compiler.
VALUES = (bool, int, float, str, tuple, frozenset, set, dict, list, FunctionType)


def keep() -> None:
    """Keep what was compiled.

    Copier makes an Environment for each render: without this, compiling is four fifths of it.
    Alembic reads env.py and what is beside it for each command, and that makes an engine, whose
    dialect puts together what it asks of the database, and compiles it.
    """
    keep_texts()
    keep_statements()
    keep_answers()
    keep_revision_template()
    call_less()


def keep_texts() -> None:
    """Know templates and modules by their whole source."""
    compile_template, compile_module = Environment.compile, SourceFileLoader.source_to_code
    code_of = SourceFileLoader.get_code
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

    @lru_cache(maxsize=2000)
    def module_code(data: bytes) -> bytes:
        return marshal.dumps(compile_module(SourceFileLoader("", ""), data, ""))

    @lru_cache(maxsize=2000)
    def module_at(data: bytes, path: str) -> CodeType:
        code: CodeType = marshal.loads(module_code(data))  # noqa: S302 # our own
        # As importlib does with a cached one.
        _imp._fix_co_filename(code, path)  # type: ignore[attr-defined] # noqa: SLF001
        return code

    def module(loader: SourceFileLoader, name: str) -> CodeType | None:
        path = loader.get_filename(name)
        if not path.startswith(tempfile.gettempdir()):  # not of a rendered project
            return code_of(loader, name)
        data = loader.get_data(path)
        try:
            return module_at(data, path)
        except SyntaxError:  # is to name the file
            compile_module(loader, data, path)
            raise

    Environment.compile = template  # type: ignore[assignment,method-assign]
    SourceFileLoader.get_code = module  # type: ignore[assignment,method-assign]


def keep_statements() -> None:
    """Take dialects for the same that have the same settings and met the same kind of server."""
    statements = LRUCache[Any, Any](2000)
    first: dict[str, DefaultDialect] = {}

    def met_its_server(connection: Connection) -> None:
        dialect: Any = connection.dialect
        if connection.engine._compiled_cache is not None:  # noqa: SLF001 # it has no setter
            connection.engine._compiled_cache = statements  # noqa: SLF001
        if "alike" not in vars(dialect):
            settings = {k: v for k, v in vars(dialect).items() if isinstance(v, VALUES)}
            dialect.alike = first.setdefault(f"{type(dialect)} {settings}", dialect)

    def alike(dialect: object) -> object:
        return getattr(dialect, "alike", dialect)

    # As SQLAlchemy keeps most of its statements, but not these.
    for kind in (PGDialect, MySQLDialect):
        for name, value in [*vars(kind).items()]:
            if isinstance(value, memoized_property) and name.endswith(("_query", "_parser")):
                setattr(kind, name, property(lru_cache(maxsize=100)(value.fget)))

    event.listen(Engine, "engine_connect", met_its_server)
    DefaultDialect.__eq__ = lambda self, other: alike(self) is alike(other)  # type: ignore[method-assign]
    DefaultDialect.__hash__ = lambda self: id(alike(self))  # type: ignore[method-assign]


def keep_answers() -> None:
    """Put the answers together and render a folder's name once in a render.

    Copier does so for each part of a path. And do not ask for each file where git is and whether
    it sees modes: without a setting, it does.
    """
    yaml.SafeLoader = yaml.CSafeLoader  # type: ignore[assignment,misc] # the same in C
    worker: Any = Worker
    render, context_of = worker._render_template, worker._render_context  # noqa: SLF001
    render_string = worker._render_string  # noqa: SLF001

    def with_answers(self: Worker) -> None:
        context = context_of(self)
        part = lru_cache(maxsize=None)(partial(render_string, self))

        def string(_: Worker, text: str, extra_context: dict[str, Any] | None = None) -> Any:
            return render_string(self, text, extra_context) if extra_context else part(text)

        with (
            patch.object(Worker, "answers_relpath", self.answers_relpath),
            patch.object(Worker, "_render_context", lambda _: dict(context)),
            patch.object(Worker, "_render_string", string),
            patch("copier._main.is_git_available", lambda: False),
        ):
            render(self)

    worker._render_template = with_answers  # noqa: SLF001


def keep_revision_template() -> None:
    """Know script.py.mako by its text: each project has the same."""
    templates = lru_cache(maxsize=100)(Template)

    def template(filename: str) -> Template:
        found = copy(templates(Path(filename).read_text()))
        found.filename = filename  # which it looks beside
        return found

    pyfiles.Template = template  # type: ignore[attr-defined]


def call_less() -> None:
    """Leave out what takes long and does nothing.

    `python -m ruff` starts ruff at last, three times as fast as Python. Copier asks for the
    submodules of each clone, which for git is a shell script, also where there are none, and
    before that for git's version. Half of the drivers load the machine's certificates for each
    connection, for 24 ms of it: the tests ask for none to be verified against these.
    """
    ssl.SSLContext.load_default_certs = lambda *_: None  # type: ignore[method-assign]
    _vcs.get_git_version = cache(_vcs.get_git_version)
    ruff = str(Path(sys.executable).with_name("ruff"))
    python_m_ruff, submodules = [sys.executable, "-m", "ruff"], ["submodule", "update"]
    start = subprocess.Popen.__init__

    def popen(self: Any, args: Any, *rest: Any, **how: Any) -> None:
        known = args if isinstance(args, list) else []
        file = Path(how.get("cwd") or ".", ".gitmodules")
        if known[:3] == python_m_ruff:
            args = [ruff, *known[3:]]
        elif known[1:3] == submodules and not file.exists():
            args = [known[0], "version"]
        start(self, args, *rest, **how)

    subprocess.Popen.__init__ = popen  # type: ignore[method-assign]
