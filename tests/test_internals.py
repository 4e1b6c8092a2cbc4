"""docs/alembic-internals.md lists what rendered code uses of the inside of its libraries."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import comparison
import pytest
from alembic.runtime.migration import MigrationContext
from comparison.implementation import reflect_referred_tables
from sqlalchemy import MetaData, String, Table, create_engine, event, inspect, text

from scripts import internals
from support import template

PAGE = internals.PAGE

# Between them they render every Python file of the template.
ANSWERS: list[dict[str, str]] = [
    {},
    {"mode": "async", "driver": "postgresql+asyncpg", "tenants": "schemas"},
    {"driver": "postgresql+pg8000", "placement": "root"},
    {"driver": "mysql+pymysql", "tenants": "databases"},
    {"mode": "async", "driver": "mysql+aiomysql"},
    {"driver": "mssql+pyodbc"},
    {"driver": "oracle+oracledb"},
]

# Modules whose names the documentation has, or those of their names that it has.
DOCUMENTED: dict[str, set[str] | None] = {
    "alembic": {"__version__", "command", "context", "op"},
    "alembic.autogenerate": {"renderers"},
    "alembic.autogenerate.api": {"AutogenContext"},
    "alembic.config": None,
    "alembic.ddl.base": None,
    "alembic.ddl.impl": None,
    "alembic.ddl.postgresql": None,
    "alembic.ddl.sqlite": None,
    "alembic.operations": {"Operations", "ops"},
    "alembic.runtime.environment": {"EnvironmentContext"},
    "alembic.runtime.migration": {"MigrationContext"},
    "alembic.script": {"Script", "ScriptDirectory", "write_hooks"},
    "alembic.script.revision": None,
    "alembic.util": {"CommandError"},
    "sqlalchemy": None,
    "sqlalchemy.dialects": None,
    "sqlalchemy.dialects.mysql": None,
    "sqlalchemy.dialects.postgresql": None,
    "sqlalchemy.dialects.postgresql.base": {"PGInspector"},
    "sqlalchemy.engine.default": {"DefaultDialect"},
    "sqlalchemy.engine.interfaces": None,
    "sqlalchemy.engine.reflection": None,
    "sqlalchemy.exc": None,
    "sqlalchemy.ext.asyncio": None,
    "sqlalchemy.orm": None,
    "sqlalchemy.schema": None,
    "sqlalchemy.sql.elements": {"conv"},
    "sqlalchemy.types": None,
}
OF_NAMED_TUPLES = {"_asdict", "_replace"}
PRIVATE = re.compile(r"_[a-z]\w*")

Uses = dict[str, set[str]]  # by the name, the files that use it


def names(tree: ast.AST) -> Iterator[str]:
    """Give the private names that a module uses, and what it imports beside the documentation."""
    parts = {  # of a longer string, and so no names
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr | ast.BinOp | ast.Compare)
        or (isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("endswith", "suffix")))
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) | ast.FunctionDef(name=name) | ast.keyword(arg=str(name)):
                if PRIVATE.fullmatch(name) and name not in OF_NAMED_TUPLES:
                    yield name
            case ast.Constant(value=str(name)) if id(node) not in parts:
                if PRIVATE.fullmatch(name):
                    yield name
            case ast.ImportFrom(module=str(module), names=found):
                if module.partition(".")[0] in ("alembic", "sqlalchemy"):
                    documented = DOCUMENTED.get(module, set())
                    for each in found:
                        if documented is not None and each.name not in documented:
                            yield f"{module}:{each.name}"


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the Python files that are rendered, but for a project's own tests."""
    projects = [
        template.render(tmp_path_factory.mktemp("project"), package="my_app", **answers)
        for answers in ANSWERS
    ]
    return [file for each in projects for file in each.rglob("*.py") if file.parent.name != "tests"]


@pytest.fixture(scope="module")
def uses(modules: list[Path]) -> Uses:
    """Return what rendered code uses, whatever the answers."""
    found: Uses = {}
    for file in modules:
        for name in names(ast.parse(file.read_text())):
            found.setdefault(name, set()).add(file.name)
    return found


def rows() -> Uses:
    """Return what the page lists."""
    listed: Uses = {}
    for name, where in re.findall(
        r"^\| `([\w.:]+)`.*? \| (.*?) \|", PAGE.read_text(), re.MULTILINE
    ):
        # Of a name in a class or a function, the code has the last part alone.
        last = name if name.count(".") == name.partition(":")[0].count(".") else name.split(".")[-1]
        listed[last] = set(re.findall(r"`(\w+\.py)`", where))
    return listed


def test_every_use_is_listed_with_the_files_that_have_it(uses: Uses) -> None:
    listed = rows()
    many = "alembic.util:load_python_file"
    assert not listed[many]
    assert len(uses[many]) > 20
    assert {**uses, many: set()} == listed


def test_no_file_of_the_template_is_left_out(modules: list[Path]) -> None:
    named = {
        match[0]
        for file in (template.ROOT / "template").rglob("*")
        if (match := re.search(r"\w+\.py(?!c|\.mako)", file.name)) and file.is_file()
    }
    assert named - {file.name for file in modules} == {"test_migrations.py"}


def test_names_are_there_in_the_installed_versions() -> None:
    assert len(internals.NAME.findall(PAGE.read_text())) > 40
    assert internals.gone() == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("migration._private", ["_private"]),
        ("class Impl:\n    def _exec(self): ...", ["_exec"]),
        ("getattr(table, '_private', None)", ["_private"]),
        ("column('id', _selectable=None)", ["_selectable"]),
        ("from alembic.script.base import Script", ["alembic.script.base:Script"]),
        ("from alembic.runtime.plugins import Plugin", ["alembic.runtime.plugins:Plugin"]),
        ("from alembic.script import Script\nScript(1).__class__, each._replace()", []),
    ],
)
def test_use_is_found(code: str, expected: list[str]) -> None:
    assert [*names(ast.parse(code))] == expected


def test_table_that_only_a_foreign_key_leads_to_is_asked_about_with_alembic_before_1_18() -> None:
    with create_engine("sqlite://").connect() as connection:
        connection.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY, n TEXT COLLATE NOCASE)"))
        connection.execute(text("CREATE TABLE b (a_id INTEGER REFERENCES a (id))"))
        impl = comparison.implementation(MigrationContext.configure(connection))
        assert impl
        reflect_referred_tables(impl)
        # What Alembic 1.17 does if it comes to b first.
        b = Table("b", MetaData())
        event.listen(b, "column_reflect", impl.autogen_column_reflect)
        inspect(connection).reflect_table(b, include_columns=None)
        type_ = b.metadata.tables["a"].columns["n"].type
        assert isinstance(type_, String)
        assert type_.collation == "NOCASE"
