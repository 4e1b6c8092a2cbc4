"""On PostgreSQL, a change of a table in use is written so that nobody waits for it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import text

from support.contents import contents
from support.databases import database, plain_engine
from support.migrations import Project, new_project

DRIVER = "postgresql+psycopg"
BEFORE = "Column('a', Integer), Column('b', String(20)), Column('p', Integer)"


class Case(NamedTuple):
    """A change of the table, and what the revisions say of it in this order."""

    before: str
    after: str
    says: list[str]
    files: int = 1


CASES = {
    "index": Case(
        BEFORE,
        f"{BEFORE}, Index('ix', 'a')",
        ["autocommit_block", r"create_index\(.*postgresql_concurrently=True"],
    ),
    "foreign key": Case(
        BEFORE,
        f"{BEFORE}, ForeignKeyConstraint(['p'], ['parent.id'], name='fk')",
        [r"create_foreign_key\(.*postgresql_not_valid=True", "VALIDATE CONSTRAINT fk"],
    ),
    "check": Case(
        BEFORE,
        f"{BEFORE}, CheckConstraint('a > 0', name='ck')",
        [r"create_check_constraint\(.*postgresql_not_valid=True", "VALIDATE CONSTRAINT ck"],
    ),
    "unique": Case(
        BEFORE,
        f"{BEFORE}, UniqueConstraint('a', name='uq')",
        [r"create_index\(.*unique=True, postgresql_concurrently=True", "UNIQUE USING INDEX"],
    ),
    "unique with more": Case(
        BEFORE,
        f"{BEFORE}, UniqueConstraint('a', name='uq', postgresql_include=['b'])",
        [r"create_index\(.*postgresql_include=\[\"b\"\]", "UNIQUE USING INDEX"],
    ),
    "not null": Case(
        BEFORE,
        BEFORE.replace("Integer)", "Integer, nullable=False)", 1),
        ["IS NOT NULL.*postgresql_not_valid=True", "VALIDATE", "nullable=False", "drop_constraint"],
    ),
    "required column": Case(
        BEFORE,
        f"{BEFORE}, Column('c', Integer, nullable=False)",
        [
            "add_column.*nullable=True",
            "# op.backfill.'t', {'c': ...}, where='c IS NULL'.",
            "VALIDATE",
            "nullable=False",
            "drop_constraint",
        ],
        files=2,
    ),
    "index goes": Case(
        f"{BEFORE}, Index('ix', 'a')",
        BEFORE,
        [r"drop_index\(.*postgresql_concurrently=True, if_exists=True", "create_index"],
    ),
    "replaced": Case(
        f"{BEFORE}, Index('ix', 'a'), ForeignKeyConstraint(['p'], ['parent.id'], name='fk')",
        f"{BEFORE}, Index('ix', 'b'), "
        "ForeignKeyConstraint(['p'], ['parent.id'], name='fk', ondelete='CASCADE')",
        [
            *(2 * ["VALIDATE CONSTRAINT fk_new", 'drop_constraint.*"fk"', "fk_new TO fk"]),
            *(2 * [r"create_index\(.*ix_new", r"drop_index\(.*\"ix\"", "ix_new RENAME TO ix"]),
        ],
        files=2,
    ),
    "key of a foreign key changes": Case(
        f"{BEFORE}, Column('q', ForeignKey('t.p', name='fk')), UniqueConstraint('p', name='u')",
        f"{BEFORE}, Column('q', ForeignKey('t.p', name='fk', ondelete='CASCADE')), "
        "UniqueConstraint('p', name='u', postgresql_nulls_not_distinct=True)",
        [
            *("drop_constraint.*fk", "create_index.*u_new", "INDEX u_new", "create_foreign_key"),
            *("contract: bool", "create_index.*u_new", "INDEX u_new", "create_foreign_key"),
            *("drop_constraint.*fk", "drop_constraint.*u"),
        ],
        files=2,
    ),
    "all at once": Case(
        f"{BEFORE}, Index('ix', 'a'), CheckConstraint('a > 0', name='ck')",
        "Column('a', Integer, nullable=False), Column('p', ForeignKey('parent.id')), "
        "Column('b', String(40)), Column('c', Integer, unique=True), "
        "CheckConstraint('c > 0', name='ck')",
        [
            *("drop_constraint", "add_column", "create_index", "VALIDATE"),
            *("contract: bool", "op.backfill", "drop_index", "VALIDATE"),
        ],
        files=4,
    ),
    "longer": Case(BEFORE, BEFORE.replace("20", "40"), ["alter_column"]),
    "text": Case(BEFORE, BEFORE.replace("String(20)", "Text"), ["alter_column"]),
    "default": Case(
        BEFORE,
        f"{BEFORE}, Column('c', Integer, nullable=False, server_default='1')",
        ["add_column.*nullable=False"],
    ),
}


REFUSED = {
    "type": ("Column('a', BigInteger)", "t.a becomes BIGINT"),
    "cast": ("Column('b', Integer)", "t.b becomes INTEGER"),
    "identity": ("Column('c', Integer, Identity())", "t.c has another value"),
    "stored": ("Column('c', Integer, Computed('a + 1', persisted=True))", "t.c has another value"),
    "volatile": ("Column('c', Uuid, server_default=text('gen_random_uuid()'))", "t.c has another"),
}


@contextmanager
def upgraded(folder: Path, before: str, driver: str = DRIVER) -> Iterator[Project]:
    """Migrate an empty database to the table as it is before."""
    answers = {"project": "existing", "metadata": "my_app.models:metadata"}
    answers["mode"] = "async" if "+a" in driver else "sync"
    with database(driver, folder) as url:
        project = new_project(folder, url, driver=driver, **answers)
        write_models(project, before)
        project.run("revision", message="create", autogenerate=True)
        project.run("upgrade", "head")
        yield project


def write_models(project: Project, items: str) -> None:
    """Give the project a table that has these items."""
    shutil.rmtree(project.models, ignore_errors=True)  # with what Python compiled
    project.models.mkdir(parents=True)
    (project.models / "__init__.py").write_text(f"""
from sqlalchemy import *
metadata = MetaData()
Table("parent", metadata, Column("id", Integer, primary_key=True))
Table("t", metadata, Column("id", Integer, primary_key=True), {items})
""")


def autogenerate(project: Project, items: str) -> list[Path]:
    """Write the revisions of a change, in their order."""
    write_models(project, items)
    project.autogenerate("change")
    return project.change


@pytest.mark.parametrize("name", CASES)
def test_change_is_written_so_that_nobody_waits(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    with upgraded(tmp_path, case.before) as project:
        assert project.url
        before = contents(project.url, in_order=False)
        files = autogenerate(project, case.after)
        said = "\n".join(each.read_text() for each in files)
        assert len(files) == case.files
        assert re.search(".*".join(case.says), said, re.DOTALL), said
        project.allow()
        project.run("upgrade", "head")
        project.run("check")
        project.run("downgrade", f"-{len(files)}")
        assert contents(project.url, in_order=False) == before
        project.run("upgrade", "head")
        project.run("downgrade", "-1")
        project.run("upgrade", "head")
        project.run("check")


@pytest.mark.parametrize("name", REFUSED)
def test_what_stops_all_is_refused_until_a_reason_is_given(name: str, tmp_path: Path) -> None:
    items, expected = REFUSED[name]
    column = items.partition(",")[0]
    others = [each for each in BEFORE.split("), ") if not each.startswith(column)]
    after = "), ".join(each.removesuffix(")") for each in others) + f"), {items}"
    with upgraded(tmp_path, BEFORE.replace("(20)", "")) as project:
        assert project.url
        before = contents(project.url, in_order=False)
        (file,) = autogenerate(project, after.replace("(20", ""))
        with pytest.raises(CommandError, match=re.escape(expected)):
            project.run("upgrade", "head")
        assert contents(project.url, in_order=False) == before
        assert "raise CommandError" in file.read_text()
        project.allow()
        project.run("upgrade", "head")
        project.run("check")
        project.run("downgrade", "-1")
        assert contents(project.url, in_order=False) == before


@pytest.mark.parametrize(
    ("type_", "how"), [("Integer", "SET EXPRESSION AS (a * 3)"), ("BigInteger", "op.add_column(")]
)
def test_other_expression_of_a_stored_column_is_refused_until_a_reason_is_given(
    type_: str, how: str, tmp_path: Path
) -> None:
    items = "Column('g', {}, Computed('a * {}', persisted=True), unique=True), Index('ix', 'g')"
    with upgraded(tmp_path, f"{BEFORE}, {items.format('Integer', 2)}") as project:
        assert project.url
        before = contents(project.url, in_order=False)
        files = autogenerate(project, f"{BEFORE}, {items.format(type_, 3)}")
        reason = "t.g has another value in each row, which writes the whole table again"
        with pytest.raises(CommandError, match=reason):
            project.run("upgrade", "head")
        assert contents(project.url, in_order=False) == before
        upgrade, _, downgrade = files[0].read_text().partition("def downgrade")
        assert how in upgrade
        assert f"# {reason}" in downgrade
        project.allow()
        project.run("upgrade", "head")
        project.run("check")
        project.run("downgrade", f"-{len(files)}")
        assert contents(project.url, in_order=False) == before


@pytest.mark.parametrize("more", ["Index('ix', 'a')", "ForeignKeyConstraint(['p'], ['parent.id'])"])
def test_index_and_foreign_key_of_a_table_with_partitions_are_refused(
    more: str, tmp_path: Path
) -> None:
    parted = f"{BEFORE}, postgresql_partition_by='RANGE (id)'"
    with upgraded(tmp_path, parted) as project:
        autogenerate(project, f"{BEFORE}, {more}, postgresql_partition_by='RANGE (id)'")
        with pytest.raises(CommandError, match="t has partitions"):
            project.run("upgrade", "head")
        project.allow()
        project.run("upgrade", "head")
        project.run("check")


def test_short_form_is_written_with_online_off(tmp_path: Path) -> None:
    case = CASES["all at once"]
    with upgraded(tmp_path, case.before) as project:
        hooks = project.migrations / "hooks.py"
        hooks.write_text(hooks.read_text().replace("online = True", "online = False"))
        execute(project, "INSERT INTO parent VALUES (1)", "INSERT INTO t VALUES (1, 1, '1', 1)")
        before = project.scripts().get_current_head()
        (file,) = autogenerate(project, case.after)
        assert not re.search("autocommit_block|not_valid|CommandError", file.read_text())
        found = stops_others(project, project.run("upgrade", f"{before}:head", sql=True))
        project.run("stamp", "head")
        project.run("check")
        kinds = ["NOT NULL", "UNIQUE", "CHECK", "FOREIGN KEY"]
        assert [k for k in kinds for each in found if k in each] == kinds, found


def test_revisions_of_a_change_stand_in_a_line_and_in_order(tmp_path: Path) -> None:
    case = CASES["all at once"]
    with upgraded(tmp_path, case.before) as project:
        write_models(project, case.after)
        known = set(project.revisions)
        project.run(
            "revision",
            message="x",
            autogenerate=True,
            rev_id="0009",
            branch_label="line",
        )
        files = [each for each in project.revisions if each not in known]
        scripts = project.scripts()
        line = [each.revision for each in scripts.walk_revisions("base", "heads")]
        assert line[:4] == ["0012", "0011", "0010", "0009"]
        assert scripts.get_revision("line").revision == "0009"
        messages = [each.read_text().partition("\n")[0] for each in files]
        assert messages == [
            '"""x: drop constraints',
            '"""x',
            '"""x: build indexes, validate',
            '"""contract: x: drop indexes, validate',
        ]


def test_upgrade_and_downgrade_are_written_as_sql(tmp_path: Path) -> None:
    case = CASES["all at once"]
    with upgraded(tmp_path, case.before) as project:
        autogenerate(project, case.after)
        project.allow()
        first, last = project.change[0], project.change[-1]
        ids = [re.search('revision: str = "(.+)"', each.read_text()) for each in (first, last)]
        assert ids[0]
        assert ids[1]
        down = re.search('down_revision.* = "(.+)"', first.read_text())
        assert down
        up = project.run("upgrade", f"{down[1]}:{ids[1][1]}", sql=True)
        assert "CREATE UNIQUE INDEX CONCURRENTLY" in up
        assert "NOT VALID" in up
        back = project.run("downgrade", f"{ids[1][1]}:{down[1]}", sql=True)
        assert "DROP INDEX CONCURRENTLY IF EXISTS" in back or "DROP CONSTRAINT IF EXISTS" in back


BROKEN = {
    "check": "CheckConstraint('a > 0', name='ck')",
    "foreign key": "ForeignKeyConstraint(['p'], ['parent.id'], name='fk')",
    "required": "Column('c', Integer, nullable=False)",
    "not null": "",
}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("check", "t has 2 rows that break a > 0: change them, then run again"),
        ("foreign key", 'violates foreign key constraint "fk"'),
        ("required", "t has 3 rows that break c IS NOT NULL"),
        ("not null", "t has 1 row that breaks b IS NOT NULL"),
    ],
)
def test_constraint_that_rows_break_is_refused_and_does_not_stay(
    kind: str, said: str, tmp_path: Path
) -> None:
    with upgraded(tmp_path, BEFORE) as project:
        assert project.url
        execute(project, "INSERT INTO t VALUES (1, -1, 'b', 5), (2, 0, NULL, NULL), (3, 1, '', 7)")
        required = BEFORE.replace("(20)", "(20), nullable=False")
        autogenerate(project, required if kind == "not null" else f"{BEFORE}, {BROKEN[kind]}")
        with pytest.raises(CommandError, match=re.escape(said)):
            project.run("upgrade", "head")
        left = "SELECT count(*) FROM pg_constraint WHERE NOT convalidated"
        assert scalar(project, left) == 0
        execute(project, "UPDATE t SET a = 1, b = '', p = NULL")
        if kind == "required":
            execute(project, "UPDATE t SET c = 1")
        project.run("upgrade", "head")
        project.run("check")


SHORTER = "# t.b becomes VARCHAR(20), which writes the whole table again"
SLOW = """
    SELECT string_agg(DISTINCT mode, ', ') FROM pg_locks
    WHERE pid = pg_backend_pid() AND relation IN (CAST('t' AS regclass), CAST('parent' AS regclass))
    AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    AND (SELECT sum(seq_tup_read) FROM pg_stat_xact_user_tables) > 0
"""


def stops_others(project: Project, script: str) -> list[str]:
    """Run a script, and return statements that read rows under a lock that stops others."""
    assert project.url
    found = []
    for statement in re.split(r";\n+", script):
        sql = re.sub(r"(?m)^(--.*|BEGIN|COMMIT)$", "", statement).strip()
        if "CONCURRENTLY" in sql:  # which PostgreSQL refuses in a transaction
            execute(project, sql)
        elif sql and "alembic_version" not in sql:
            with plain_engine(project.url).begin() as connection:
                connection.exec_driver_sql(sql)
                if locks := connection.scalar(text(SLOW)):
                    found.append(f"{sql}: {locks}")
    return found


@pytest.mark.parametrize("name", CASES)
def test_no_statement_reads_rows_while_it_stops_those_who_write(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    with upgraded(tmp_path, case.before) as project:
        execute(project, "INSERT INTO parent VALUES (1)", "INSERT INTO t VALUES (1, 1, '1', 1)")
        before = project.scripts().get_current_head()
        autogenerate(project, case.after)
        up = project.run("upgrade", f"{before}:head", sql=True)
        down = project.run("downgrade", f"head:{before}", sql=True)
        fill = "\nUPDATE t SET c = 1;\nALTER TABLE t ADD CONSTRAINT ck_t_c_not_null"
        up = up.replace(fill.splitlines()[2], fill)
        assert stops_others(project, up) == []
        back = stops_others(project, down)
        if SHORTER in "".join(file.read_text() for file in project.change):
            (shorter,) = back
            assert "TYPE VARCHAR(20)" in shorter
        else:
            assert back == []


# --- Run again ------------------------------------------------------------------------------


def execute(project: Project, *statements: str) -> None:
    """Run statements, each in its own transaction."""
    assert project.url
    engine = plain_engine(project.url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


def scalar(project: Project, query: str) -> object:
    """Return the answer to a question."""
    assert project.url
    with plain_engine(project.url).connect() as connection:
        return connection.scalar(text(query))


INDEX = f"{BEFORE}, Index('It''s \"100%\": ix', text('lower(b)'), postgresql_where=text('a > 1'))"
NAME = '"It\'s ""100%""\\: ix"'
DRIVERS = [DRIVER, "postgresql+asyncpg", "postgresql+pg8000", "postgresql+psycopg2"]


@pytest.mark.parametrize("driver", DRIVERS)
def test_index_that_was_built_is_kept_if_it_is_the_same(driver: str, tmp_path: Path) -> None:
    with upgraded(tmp_path, BEFORE, driver) as project:
        autogenerate(project, INDEX.replace("''", "\\'"))
        execute(project, f"CREATE INDEX {NAME} ON t (lower(b)) WHERE a > 1")
        oid = f"SELECT '{NAME.replace(chr(39), chr(39) * 2)}'::regclass::oid"
        oid = oid.replace("::", "\\:\\:")
        before = scalar(project, oid)
        project.run("upgrade", "head")
        assert scalar(project, oid) == before
        project.run("check")


@pytest.mark.parametrize(
    "other",
    [
        f"CREATE INDEX {NAME} ON t (lower(b)) WHERE a > 2",
        f"CREATE UNIQUE INDEX {NAME} ON t (lower(b)) WHERE a > 1",
        f"CREATE INDEX {NAME} ON t (lower(b))",
        f"CREATE INDEX {NAME} ON parent (id)",
    ],
)
def test_another_index_of_the_name_is_refused(other: str, tmp_path: Path) -> None:
    with upgraded(tmp_path, BEFORE) as project:
        autogenerate(project, INDEX.replace("''", "\\'"))
        execute(project, other)
        with pytest.raises(CommandError, match="rename it"):
            project.run("upgrade", "head")


@pytest.mark.parametrize("driver", DRIVERS)
def test_index_that_is_not_valid_is_built_anew(driver: str, tmp_path: Path) -> None:
    with upgraded(tmp_path, BEFORE, driver) as project:
        autogenerate(project, INDEX.replace("''", "\\'"))
        execute(
            project,
            f"CREATE INDEX {NAME} ON t (a)",
            'CREATE INDEX "It\'s ""100%""\\: ix_ccnew" ON t (a)',
            "UPDATE pg_index SET indisvalid = NOT indisvalid"
            " WHERE indrelid = CAST('t' AS regclass) AND NOT indisprimary",
        )
        project.run("upgrade", "head")
        project.run("check")
        assert scalar(project, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0
        assert scalar(project, "SELECT count(*) FROM pg_class WHERE relname ~ 'ccnew'") == 0


def test_sql_script_that_was_stopped_may_be_run_again(tmp_path: Path) -> None:
    with upgraded(tmp_path, CASES["replaced"].before) as project:
        (head,) = project.scripts().get_heads()
        unique = "UniqueConstraint('a', name='uq'), CheckConstraint('a > 0', name='ck')"
        autogenerate(project, f"{CASES['replaced'].after}, {unique}")
        script = project.run("upgrade", f"{head}:head", sql=True)
        statements = script.strip().removesuffix(";").split(";\n\n")
        assert "RENAME CONSTRAINT" in script, script
        assert "ALTER INDEX" in script, script
        half_built = (
            "UPDATE pg_index SET indisvalid = false FROM pg_class c"
            " WHERE c.oid = indexrelid AND relname IN ('ix_new', 'uq_new')"
        )
        for stop in range(1, len(statements) + 1):
            execute(project, *statements[:stop], half_built)
        project.run("check")
        assert scalar(project, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0


def test_owner_s_transaction_is_refused_in_a_line(tmp_path: Path) -> None:
    with upgraded(tmp_path, BEFORE) as project:
        autogenerate(project, CASES["index"].after)
        assert project.url
        config = project.config()
        with plain_engine(project.url).begin() as connection, project.imported():
            config.attributes["connection"] = connection
            with pytest.raises(CommandError, match="give an engine, or a connection"):
                command.upgrade(config, "head")


KILL = """
import os
import re
from sqlalchemy import Engine, event

left = int(os.environ.get("STATEMENTS", 0))


@event.listens_for(Engine, "after_cursor_execute")
def kill(*arguments):
    global left
    if re.match("ALTER|CREATE|DO|DROP|UPDATE alembic", arguments[2]):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("name", ["all at once", "replaced"])
def test_upgrade_that_is_killed_after_any_statement_is_run_again(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[name]
    with upgraded(tmp_path, case.before) as project:
        assert project.url
        hooks = project.migrations / "hooks.py"
        hooks.write_text(hooks.read_text() + KILL)
        before = contents(project.url, in_order=False)
        autogenerate(project, case.after)
        project.allow()
        project.run("upgrade", "head")
        after = contents(project.url, in_order=False)
        for statements in range(1, 40):
            project.run("downgrade", f"-{len(project.change)}")
            assert contents(project.url, in_order=False) == before
            monkeypatch.setenv("STATEMENTS", str(statements))
            killed = project.cli("upgrade", "head").returncode
            monkeypatch.delenv("STATEMENTS")
            project.run("upgrade", "head")
            assert contents(project.url, in_order=False) == after, statements
            if killed == 0:
                assert statements > len(set(case.says))
                break
            assert killed == -9
