"""What depends on a type or a column of PostgreSQL is there again after it changes, or named."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.util import CommandError

from support import template
from support.contents import contents
from support.databases import database, run_script
from support.migrations import Project
from test_enums import MOOD, change, execute, labels, new, table, url_of, write_models

DRIVERS = [each for each in template.MODES_AND_DRIVERS if each[1].startswith("postgresql")]
PSYCOPG = "postgresql+psycopg"
OTHER_LABELS = "Enum('ok', 'new', name='mood')"
BY_HAND = [
    "CREATE VIEW \"it's %s\" AS SELECT id, m FROM a WHERE m = 'ok'",
    "COMMENT ON VIEW \"it's %s\" IS 'of a:b'",
    'GRANT SELECT (id) ON "it\'s %s" TO PUBLIC',
    'CREATE MATERIALIZED VIEW kept AS SELECT m FROM "it\'s %s"',
    "CREATE INDEX ON kept (m)",
    "CREATE FUNCTION is_ok(mood) RETURNS boolean LANGUAGE sql AS $$ SELECT $1 = 'ok' $$",
    "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    "CREATE TRIGGER g BEFORE UPDATE ON a FOR EACH ROW WHEN (is_ok(old.m)) EXECUTE FUNCTION no()",
    "CREATE POLICY seen ON a USING (is_ok(m))",
    "REVOKE ALL ON FUNCTION is_ok FROM PUBLIC",
]
# Which no model names: it is not looked at.
OTHER_SCHEMA = [
    "CREATE SCHEMA theirs",
    "CREATE TABLE theirs.b (m mood CHECK (m <> 'ok') DEFAULT 'ok')",
]
UNDO_BY_HAND = [
    "DROP MATERIALIZED VIEW kept",
    'DROP VIEW "it\'s %s"',
    "DROP POLICY seen ON a",
    "DROP TRIGGER g ON a",
    "DROP FUNCTION no, is_ok",
]


def by_hand(project: Project) -> set[str]:
    """Return what is there beside tables and types."""
    kinds = ("view", "trigger", "policy", "function", "index")
    return {line for line in contents(url_of(project)) if line.startswith(kinds)}


@pytest.mark.parametrize(("mode", "driver"), DRIVERS, ids=str)
def test_what_depends_on_an_enum_is_made_again_with_every_driver(
    mode: str, driver: str, tmp_path: Path
) -> None:
    with new(tmp_path, driver, table("a", MOOD), mode=mode) as project:
        execute(project, "INSERT INTO a (id, m) VALUES (1, 'ok')")
        for statement in BY_HAND:
            execute(project, statement)
        before = by_hand(project)
        assert len(before) == len(BY_HAND) - 3  # grants and a comment are part of their thing
        change(project, table("a", OTHER_LABELS))
        assert by_hand(project) == before
        assert execute(project, "SELECT m FROM kept") == [("ok",)]
        project.run("downgrade", "-1")
        assert by_hand(project) == before
        project.run("upgrade", "head")
        assert by_hand(project) == before


@pytest.mark.parametrize("sql", [False, True], ids=["upgrade", "--sql"])
def test_what_was_made_by_hand_is_made_again_where_it_is_there_alone(
    sql: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    with new(tmp_path, PSYCOPG, table("a", MOOD)) as project:
        for statement in [*BY_HAND, *OTHER_SCHEMA]:
            execute(project, statement)
        change(project, table("a", OTHER_LABELS))
        with database(PSYCOPG, tmp_path) as url:
            other = Project(project.path, project.answers, url)
            if sql:
                run_script(url, other.run("upgrade", "head", sql=True))
            else:
                other.run("upgrade", "head")
            assert by_hand(other) == set()
            assert labels(other) == {"mood": "ok new"}
            other.run("downgrade", "-1")
            assert by_hand(other) == set()
            assert labels(other) == {"mood": "sad ok"}
        for statement in [*UNDO_BY_HAND, "DROP SCHEMA theirs CASCADE"]:
            execute(project, statement)
        project.run("downgrade", "base")


@pytest.mark.parametrize(
    ("made", "named"),
    [
        ("CREATE TYPE moods AS RANGE (subtype = mood)", "type moods"),
        ("CREATE TYPE pair AS (one mood, two integer)", "composite type pair"),
        (
            "CREATE AGGREGATE most (mood) (sfunc = enum_larger, stype = mood)",
            r"function most\(mood",
        ),
        ("CREATE CAST (mood AS integer) WITH FUNCTION as_integer(mood)", "cast from mood"),
        (
            "CREATE VIEW \"Sad %s\" AS SELECT id FROM a WHERE m = 'sad'",
            "VIEW \"Sad %s\" names the label 'sad' of mood, which goes: change it or drop it first",
        ),
        (
            "ALTER TABLE a ADD CONSTRAINT sad CHECK (m <> ALL (ARRAY['sad', 'ok']::mood[]))",
            "CONSTRAINT sad ON a names the label 'sad' of mood",
        ),
        (
            "CREATE TABLE theirs.b (m mood DEFAULT 'sad')",
            "DEFAULT of theirs.b.m names the label 'sad' of mood",
        ),
        (
            "CREATE TABLE theirs.parts (m mood) PARTITION BY LIST (m)",
            "theirs.parts is partitioned by m, whose type would change: make another table",
        ),
    ],
)
def test_what_can_t_be_made_again_is_named_before_a_revision_is_written(
    made: str, named: str, tmp_path: Path
) -> None:
    with new(tmp_path, PSYCOPG, table("a", MOOD)) as project:
        function = "CREATE FUNCTION as_integer(mood) RETURNS integer LANGUAGE sql AS 'SELECT 1'"
        for statement in ("CREATE SCHEMA theirs", function, made):
            execute(project, statement)
        write_models(project, table("a", OTHER_LABELS))
        before = project.revisions
        with pytest.raises(CommandError, match=named) as caught:
            project.autogenerate("other labels")
        assert "\n" not in str(caught.value)
        assert project.revisions == before


def test_a_view_that_names_an_enum_is_named_before_the_enum_goes(tmp_path: Path) -> None:
    with new(tmp_path, PSYCOPG, table("a", MOOD)) as project:
        execute(project, "CREATE VIEW ok AS SELECT id FROM a WHERE m = 'ok'")
        write_models(project, table("a", "Text"))
        with pytest.raises(CommandError, match="VIEW ok names the type mood, which goes"):
            project.autogenerate("text")
        execute(project, "CREATE OR REPLACE VIEW ok AS SELECT id FROM a WHERE m::text = 'ok'")
        change(project, table("a", "Text"))
        project.run("downgrade", "-1")
        project.run("upgrade", "head")


def test_a_table_is_written_anew_once_for_all_its_columns(tmp_path: Path) -> None:
    columns = f"{MOOD}, server_default='ok'", f"ARRAY({MOOD})", "Enum('x', 'y', name='other')"
    with new(tmp_path, PSYCOPG, table("a", *columns)) as project:
        columns = (
            f"{OTHER_LABELS}, server_default='ok'",
            f"ARRAY({OTHER_LABELS})",
            "Enum('y', 'x', name='other')",
        )
        write_models(project, table("a", *columns))
        revision = project.autogenerate("other labels")
        upgrade = revision.read_text().partition("def downgrade")[0]
        assert upgrade.count("ALTER TABLE") == 1
        refused = r"a\.m becomes mood, .*a\.n becomes mood\[\], .*a\.o becomes other, "
        with pytest.raises(CommandError, match=refused):
            project.run("upgrade", "head")
        project.allow()
        project.run("upgrade", "head")
        project.run("check")
