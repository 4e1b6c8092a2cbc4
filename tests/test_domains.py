"""Domains of PostgreSQL live as long as their columns do, and change with the models."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from support import template
from support.contents import contents
from support.databases import database, run_script
from support.migrations import Project
from test_enums import change, execute, labels, new, table, url_of

DRIVER = "postgresql+psycopg"
ALL = [each for each in template.MODES_AND_DRIVERS if each[1].startswith("postgresql")]
IMPORT = "from sqlalchemy.dialects.postgresql import CITEXT, DOMAIN"
CODE = "DOMAIN('Code', String(9), check='VALUE > :a')".replace(":a", "\\':a%\\'")

SAID = """
    SELECT t.oid::regtype::text, format_type(typbasetype, typtypmod), collname::text, typdefault,
        typnotnull, ARRAY(
            SELECT conname || ' ' || pg_get_constraintdef(oid)
            FROM pg_constraint WHERE contypid = t.oid AND contype = 'c' ORDER BY 1
        )
    FROM pg_type t LEFT JOIN pg_collation c ON c.oid = typcollation
    JOIN pg_namespace n ON n.oid = typnamespace
    WHERE typtype = 'd' AND nspname !~ '^pg_|^information_schema' ORDER BY 1
"""


def domains(project: Project) -> list[tuple[object, ...]]:
    """Return all that the database says of its domains."""
    return [tuple(map(str, row)) for row in execute(project, SAID)]


def names(project: Project) -> list[object]:
    """Return the names of the database's domains."""
    return [row[0] for row in domains(project)]


def down_and_up(project: Project) -> None:
    """Go one revision back and forth again, after which the database is the same."""
    before = contents(url_of(project)), domains(project), labels(project)
    project.run("downgrade", f"-{len(project.change)}")
    project.run("upgrade", "head")
    assert (contents(url_of(project)), domains(project), labels(project)) == before


@pytest.mark.parametrize(("mode", "driver"), ALL, ids=str)
def test_a_domain_lives_from_its_first_column_to_its_last(
    mode: str, driver: str, tmp_path: Path
) -> None:
    with new(tmp_path, driver, IMPORT, table("a", CODE), mode=mode) as project:
        execute(project, "INSERT INTO a (id, m) VALUES (1, 'x')")
        with pytest.raises(DBAPIError):
            execute(project, "INSERT INTO a (id, m) VALUES (2, '!')")
        change(project, IMPORT, table("a", CODE), table("b", f"ARRAY({CODE})"))
        down_and_up(project)
        change(project, IMPORT, table("a", CODE))
        assert names(project) == ['"Code"']
        down_and_up(project)
        change(project, IMPORT, table("a", "Text"))
        assert names(project) == []
        down_and_up(project)
        assert execute(project, "SELECT m FROM a") == [("x",)]
        project.run("downgrade", f"-{len(project.change)}")
        assert names(project) == ['"Code"']
        project.run("downgrade", "base")
        assert names(project) == []
        project.run("upgrade", "head")
        project.run("check")


CHANGES = [
    ("check='VALUE > 0'", "check='VALUE > 1'"),
    ("check='VALUE > 0'", ""),
    ("", "check='VALUE > 0'"),
    ("check='VALUE > 0'", "check='VALUE > 1', constraint_name='Over one'"),
    ("check='VALUE > 0', constraint_name='Over'", "check='VALUE > 1', constraint_name='Over'"),
    ("default=text('7')", "default=text('8')"),
    ("default=text('7')", ""),
    ("", "default=text('7')"),
    ("not_null=True", ""),
    ("", "not_null=True"),
    ("not_null=True, check='VALUE > 0'", "not_null=True, check='VALUE > 1'"),
    ("check='VALUE > 0', default=text('7')", "not_null=True, default=text('6')"),
]


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_a_domain_changes_where_it_is(before: str, after: str, tmp_path: Path) -> None:
    def tables(options: str) -> list[str]:
        domain = f"DOMAIN('d', Integer, {options})"
        return [IMPORT, table("a", domain), table("b", "Text", domain)]

    with new(tmp_path, DRIVER, *tables(before)) as project:
        execute(project, "INSERT INTO a (id, m) VALUES (1, 5)")
        file = execute(project, "SELECT pg_relation_filenode('a')")
        said = domains(project)
        change(project, *tables(after))
        assert domains(project) != said
        assert execute(project, "SELECT pg_relation_filenode('a')") == file
        down_and_up(project)
        project.run("downgrade", f"-{len(project.change)}")
        assert domains(project) == said
        assert execute(project, "SELECT m FROM a") == [(5,)]


# PostgreSQL changes no domain that an array has, if it had to look at the rows.
@pytest.mark.parametrize(("before", "after"), [CHANGES[0], CHANGES[9], CHANGES[11]])
def test_a_domain_in_an_array_changes_too(before: str, after: str, tmp_path: Path) -> None:
    def tables(options: str) -> list[str]:
        domain = f"DOMAIN('d', Integer, {options})"
        return [IMPORT, table("a", domain, f"ARRAY({domain}), server_default='{{6}}'")]

    with new(tmp_path, DRIVER, *tables(before)) as project:
        execute(project, "INSERT INTO a (id, m) VALUES (1, 5)")
        said = domains(project)
        change(project, *tables(after))
        assert domains(project) != said
        down_and_up(project)
        project.run("downgrade", f"-{len(project.change)}")
        assert domains(project) == said
        assert execute(project, "SELECT m, n::text FROM a") == [(5, "{6}")]


@pytest.mark.parametrize(
    ("before", "after"),
    [("String(9)", "Text"), ("Text", "Integer"), ("String(9)", "String(9), collation='C'")],
)
def test_a_domain_of_another_type_takes_its_columns_along(
    before: str, after: str, tmp_path: Path
) -> None:
    def tables(type_: str) -> list[str]:
        domain = f"DOMAIN('d', {type_}, schema='Of types')"
        return [IMPORT, table("a", f"{domain}, server_default='3'", f"ARRAY({domain})")]

    with new(tmp_path, DRIVER, *tables(before)) as project:
        execute(project, "INSERT INTO a (id, n) VALUES (1, '{6,7}')")
        change(project, *tables(after))
        down_and_up(project)
        execute(project, "INSERT INTO a (id) VALUES (2)")
        found = execute(project, "SELECT m::text, n::text FROM a ORDER BY id")
        assert found == [("3", "{6,7}"), ("3", None)]
        project.run("downgrade", "base")
        assert names(project) == []


def test_what_was_added_to_a_domain_by_hand_stays_and_comes_back(tmp_path: Path) -> None:
    with new(tmp_path, DRIVER, IMPORT, table("a", CODE), table("b", "Text")) as project:
        execute(project, """ALTER DOMAIN "Code" ADD CONSTRAINT "By hand" CHECK (VALUE <> 'y')""")
        project.run("check")
        change(project, IMPORT, table("a", CODE.replace("VALUE >", "VALUE >=")), table("b", "Text"))
        down_and_up(project)
        said = domains(project)
        assert "By hand" in str(said)
        change(project, table("b", "Text"))
        assert domains(project) == []
        project.run("downgrade", f"-{len(project.change)}")
        assert domains(project) == said


def test_a_domain_that_is_there_already_is_used_and_left(tmp_path: Path) -> None:
    with new(tmp_path, DRIVER, table("a", "Integer")) as project:
        execute(project, "CREATE DOMAIN d AS integer CHECK (VALUE > 0)")
        execute(project, "CREATE DOMAIN theirs AS text")
        said = domains(project)
        change(project, IMPORT, table("b", "DOMAIN('d', Integer, check='VALUE > 0')"))
        assert domains(project) == said
        project.run("downgrade", "base")
        assert domains(project) == said


# ALTER EXTENSION makes a type as much an extension's own as its script does.
OF_EXTENSION = """
    CREATE EXTENSION hstore;
    CREATE TYPE mood AS ENUM ('sad');
    CREATE DOMAIN d AS integer CHECK (VALUE > 0);
    ALTER EXTENSION hstore ADD TYPE mood;
    ALTER EXTENSION hstore ADD DOMAIN d;
"""


def test_types_of_extensions_are_never_changed_or_dropped(tmp_path: Path) -> None:
    with new(tmp_path, DRIVER, table("a", "Integer")) as project:
        run_script(url_of(project), OF_EXTENSION)
        said = domains(project), labels(project)
        columns = ("Enum('sad', 'ok', name='mood')", "DOMAIN('d', Integer, check='VALUE > 1')")
        change(project, IMPORT, table("b", *columns))
        assert (domains(project), labels(project)) == said
        change(project, table("b", "Text"))
        project.run("downgrade", "base")
        assert (domains(project), labels(project)) == said


def test_a_domain_may_have_a_type_of_an_extension(tmp_path: Path) -> None:
    email = "DOMAIN('email', CITEXT, check=\"VALUE ~ '^[^@]+@[^@]+$'\")"
    with new(tmp_path, DRIVER, table("a", "Integer")) as project:
        execute(project, "CREATE EXTENSION citext")
        change(project, IMPORT, table("a", "Integer", email))
        down_and_up(project)
        execute(project, "INSERT INTO a (id, n) VALUES (1, 'A@b')")
        assert execute(project, "SELECT n FROM a WHERE n = 'a@B'") == [("A@b",)]


@pytest.mark.parametrize(
    "inner", ["DOMAIN('i', Integer, check='VALUE > 0')", "Enum('x', name='i')"]
)
def test_a_domain_over_another_type_comes_after_it_and_goes_before(
    inner: str, tmp_path: Path
) -> None:
    outer = f"DOMAIN('outer', {inner}, not_null=True)"
    with new(tmp_path, DRIVER, IMPORT, table("a", outer), table("b", "Text")) as project:
        down_and_up(project)
        change(project, table("b", "Text"))
        assert (domains(project), labels(project)) == ([], {})
        down_and_up(project)
        project.run("downgrade", "base")
        assert (domains(project), labels(project)) == ([], {})


def test_a_column_is_what_it_is_without_its_domain(tmp_path: Path) -> None:
    strict = "DOMAIN('strict', Text, not_null=True, default='x')"
    with new(tmp_path, DRIVER, IMPORT, table("a", strict, f"{strict}, nullable=False")) as project:
        alone = "SELECT attname::text, attnotnull, atthasdef FROM pg_attribute"
        alone += " WHERE attrelid = 'a'::regclass AND attname IN ('m', 'n') ORDER BY 1"
        before = execute(project, alone)
        assert before == [("m", False, False), ("n", True, False)]
        change(project, table("b", "Text"))
        project.run("downgrade", f"-{len(project.change)}")
        assert execute(project, alone) == before


def test_domains_change_by_sql_too(tmp_path: Path) -> None:
    with new(tmp_path, DRIVER, IMPORT, table("a", CODE)) as project:
        change(project, IMPORT, table("a", CODE.replace("VALUE", "NOT VALUE")))
        change(project, IMPORT, table("a", CODE.replace("String(9)", "Text")))
        with database(DRIVER, tmp_path) as url:
            run_script(url, project.run("upgrade", "head", sql=True))
            offline = Project(project.path, project.answers, url)
            assert domains(offline) == domains(project)
            assert contents(url) == contents(url_of(project))
