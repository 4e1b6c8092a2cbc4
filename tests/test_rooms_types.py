"""Types: what stands behind one on a database, and how it is written in Python."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.util import CommandError
from comparison.column_types import ddl, imported, in_database, same_ddl, variants
from comparison.postgresql_types import by_name, spelling_by_name, without_own_ddl
from comparison.spelling import evaluated, spelling
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.types import TypeEngine

POSTGRESQL: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
MYSQL: sa.Dialect = mysql.dialect()
SQLITE: sa.Dialect = sqlite.dialect()
SA = "import sqlalchemy as sa"
THIS = __name__


class Email(sa.TypeDecorator[str]):
    """A type of an application."""

    impl = sa.String
    cache_ok = True


class Key(sa.TypeDecorator[Any]):
    """A type with an implementation for each database."""

    impl = sa.CHAR(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        """Return a UUID where there is one."""
        uuid = dialect.name == "postgresql"
        return dialect.type_descriptor(postgresql.UUID() if uuid else sa.CHAR(32))


class Point(sa.types.UserDefinedType[Any]):
    """A type with a constructor."""

    cache_ok = True

    def __init__(self, srid: int = 4326) -> None:
        """Take an argument."""
        self.srid = srid

    def get_col_spec(self, **_: Any) -> str:
        """Return SQL."""
        return f"POINT({self.srid})"


class Secretive(sa.types.UserDefinedType[Any]):
    """A type that keeps its argument to itself."""

    def __init__(self, size: int) -> None:
        """Take an argument."""
        self._kept = size

    def get_col_spec(self, **_: Any) -> str:
        """Return SQL."""
        return f"SECRET({self._kept})"


def none(_: TypeEngine[Any], __: set[str]) -> str | None:
    """Leave all spellings to the room."""
    return None


# --- What stands behind a type --------------------------------------------------------------


def test_type_of_sqlalchemy_stays_as_it_is() -> None:
    type_ = sa.String(7)
    assert in_database(type_, POSTGRESQL) is type_


def test_type_of_an_application_becomes_what_its_database_is_told() -> None:
    found = in_database(Email(9), POSTGRESQL)
    assert type(found) is sa.String
    assert found.length == 9


def test_items_of_an_array_become_what_the_database_is_told() -> None:
    found = in_database(sa.ARRAY(Email(9), dimensions=2), POSTGRESQL)
    assert isinstance(found, sa.ARRAY)
    assert (type(found.item_type), found.dimensions) == (sa.String, 2)


@pytest.mark.parametrize("dialect", [POSTGRESQL, MYSQL, SQLITE], ids=lambda each: each.name)
@pytest.mark.parametrize(
    "type_",
    [
        Email(9),
        Key(),
        Point(7),
        sa.Text().with_variant(Email(9), "mysql"),
        Email(9).with_variant(sa.Text(), "sqlite"),
    ],
    ids=repr,
)
def test_each_database_is_told_of_a_replaced_type_what_it_was_told_before(
    type_: TypeEngine[Any], dialect: sa.Dialect
) -> None:
    assert ddl(in_database(type_, dialect), dialect) == ddl(type_, dialect) is not None


def test_variant_of_an_application_becomes_what_its_database_is_told() -> None:
    found = in_database(sa.Text().with_variant(Email(9), "mysql"), MYSQL)
    assert type(found) is sa.Text
    assert [(name, type(each)) for name, each in variants(found).items()] == [("mysql", sa.String)]


def test_variant_of_an_enum_is_what_its_database_has() -> None:
    enum = sa.Enum("a", name="x").with_variant(Email(9), "sqlite")
    assert type(in_database(enum, SQLITE)) is sa.String  # Enum.copy() would lose it
    assert type(in_database(enum, MYSQL)) is sa.Enum


def test_type_that_differs_between_databases_says_so() -> None:
    found = in_database(Key(), SQLITE)
    for dialect, said in ((POSTGRESQL, "UUID"), (SQLITE, "CHAR(32)"), (MYSQL, "CHAR(32)")):
        assert ddl(found, dialect) == (said, None)


@pytest.mark.parametrize(
    ("class_", "expected"),
    [
        (sa.String, (SA, "sa.String")),
        (postgresql.JSONB, ("from sqlalchemy.dialects import postgresql", "postgresql.JSONB")),
        (mysql.TINYINT, ("from sqlalchemy.dialects import mysql", "mysql.TINYINT")),
        (Point, (f"import {THIS}", f"{THIS}.Point")),
    ],
)
def test_class_is_imported_from_where_users_import_it(
    class_: type, expected: tuple[str, str]
) -> None:
    assert imported(class_) == expected


def test_types_are_the_same_if_databases_are_told_the_same() -> None:
    assert same_ddl(sa.Numeric(10, 2), sa.DECIMAL(10, 2), SQLITE) is False
    assert same_ddl(sa.Numeric(10, 2), sa.Numeric(10, 2, asdecimal=False), SQLITE)
    assert not same_ddl(sa.Enum("a", name="x"), sa.Enum("b", name="x"), POSTGRESQL)


# --- How it is written in Python ------------------------------------------------------------

SPELLINGS = [
    (sa.String(20), "sa.String(length=20)"),
    (sa.Numeric(10, 2), "sa.Numeric(precision=10, scale=2)"),
    (sa.DateTime(timezone=True), "sa.DateTime(timezone=True)"),
    (sa.Text(collation="C"), "sa.Text(collation='C')"),
    (sa.ARRAY(sa.Integer()), "sa.ARRAY(item_type=sa.Integer())"),
    (sa.Enum("a", "b", name="x"), "sa.Enum('a', 'b', name='x')"),
    (postgresql.JSONB(), "postgresql.JSONB(astext_type=sa.Text())"),
    (postgresql.BIT(3, varying=True), "postgresql.BIT(length=3, varying=True)"),
    (Point(7), f"{THIS}.Point(srid=7)"),
    (Point(), f"{THIS}.Point()"),
]


@pytest.mark.parametrize(("type_", "expected"), SPELLINGS, ids=[text for _, text in SPELLINGS])
def test_type_is_spelled_so_that_python_gives_it_again(
    type_: TypeEngine[Any], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, THIS, sys.modules[__name__])
    imports: set[str] = set()
    text = spelling(type_, POSTGRESQL, imports, none)
    assert text == expected
    assert ddl(evaluated(text, imports), POSTGRESQL) == ddl(type_, POSTGRESQL)


def test_imports_are_those_that_the_spelling_needs() -> None:
    imports: set[str] = set()
    spelling(postgresql.INTERVAL(precision=3), POSTGRESQL, imports, none)
    assert imports == {"from sqlalchemy.dialects import postgresql"}


def test_type_that_no_python_gives_is_an_error_that_says_what_to_do() -> None:
    imports: set[str] = set()
    with pytest.raises(CommandError, match=r"Secretive.*return it from `render_item`"):
        spelling(Secretive(7), POSTGRESQL, imports, none)
    assert not imports


def test_enum_of_postgresql_is_created_by_the_revision_alone() -> None:
    imports: set[str] = set()
    enum = without_own_ddl(sa.ARRAY(sa.Enum("it's", name="mood", schema="s")))

    def own(type_: sa.types.TypeEngine[Any], needed: set[str]) -> str | None:
        return spelling_by_name(type_, needed, repr)

    text = spelling(enum, POSTGRESQL, imports, own)
    mood = """postgresql.ENUM("it's", name='mood', schema='s', create_type=False)"""
    assert text == f"sa.ARRAY(item_type={mood})"


def test_enums_and_domains_are_found_by_name_each_after_its_parts() -> None:
    mood = postgresql.ENUM("a", name="mood", schema="s")
    moods = postgresql.DOMAIN("moods", sa.ARRAY(mood))
    found = by_name([None, sa.Integer(), sa.ARRAY(moods)], "public")
    assert [*found.items()] == [(("s", "mood"), mood), (("public", "moods"), moods)]


def test_enum_that_is_a_string_to_postgresql_stays_one() -> None:
    type_ = sa.Enum("a", name="x", native_enum=False)
    assert without_own_ddl(type_) is type_
