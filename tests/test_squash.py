"""One revision in place of many: databases on their way come to head, new ones run it alone."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from alembic.util import CommandError, load_python_file
from sqlalchemy import URL, text

from support.contents import contents
from support.databases import database, plain_engine
from support.migrations import Project, new_project
from support.template import ON_MYSQL

DRIVERS = [
    *("sqlite+pysqlite", "postgresql+psycopg", "mysql+pymysql"),
    f"mysql+pymysql{ON_MYSQL}",
]
REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "{id}"
down_revision = {down}


def upgrade() -> None:
    {up}


def downgrade() -> None:
    {undo}
"""
INTEGER_KEY = 'sa.Column("id", sa.Integer, primary_key=True)'
PLAN = 'sa.table("plan", sa.column("name", sa.String))'
SEED = f'op.bulk_insert({PLAN}, [{{"name": "free"}}, {{"name": "paid"}}])'
VIEW = 'op.execute("CREATE VIEW phones AS SELECT phone FROM customer")'
CUSTOMER = f"""op.create_table(
        "customer",
        {INTEGER_KEY},
        sa.Column("kind", sa.Enum("a", "b", name="kind")),
        sa.Column("email", sa.String(50), nullable=False, unique=True, server_default="x"),
    )"""
PURCHASE = f"""op.create_table(
        "purchase",
        {INTEGER_KEY},
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customer.id", name="fk_customer")),
        sa.Column("made", sa.DateTime, server_default=sa.func.now()),
    )"""
STEPS = [
    [CUSTOMER],
    ['op.create_table("plan", sa.Column("name", sa.String(20), primary_key=True))', SEED],
    [
        'op.add_column("customer", sa.Column("phone", sa.String(20)))',
        """op.backfill("customer", {"phone": ""}, where="phone IS NULL")""",
    ],
    ['op.create_index("ix_phone", "customer", ["phone"])', VIEW],
    [PURCHASE],
    ['op.add_column("purchase", sa.Column("note", sa.String(20)))'],
]
UNDO = [
    ['op.drop_table("customer")', 'sa.Enum(name="kind").drop(op.get_bind(), checkfirst=True)'],
    ['op.drop_table("plan")'],
    ['op.drop_column("customer", "phone")'],
    ['op.execute("DROP VIEW phones")', 'op.drop_index("ix_phone", "customer")'],
    ['op.drop_table("purchase")'],
    ['op.drop_column("purchase", "note")'],
]
LAST, HEAD = "5", "6"  # of those that are squashed, and of all


def project_with_history(folder: Path, driver: str) -> Project:
    """Return a project with a revision for each step."""
    project = new_project(folder, driver=driver.removesuffix(ON_MYSQL))
    for number, steps in enumerate(zip(STEPS, UNDO, strict=True), 1):
        down = repr(str(number - 1)) if number > 1 else None
        up, undo = ("\n    ".join(step) for step in steps)
        content = REVISION.format(id=number, down=down, up=up, undo=undo)
        (project.migrations / "versions" / f"{number}.py").write_text(content)
    return project


def squash(project: Project, revision: str, **options: Any) -> str:
    """Run the command and return what it printed."""
    return tool(project, "squash", revision, **options)


def tool(project: Project, name: str, *arguments: str, **options: Any) -> str:
    """Run a command of tools/ and return what it printed."""
    config = project.config()
    with project.imported():
        module = load_python_file(str(project.migrations / "tools"), f"{name}.py")
        getattr(module, name)(config, *arguments, **options)
    return str(getattr(config.stdout, "getvalue", str)())


def versions(url: URL) -> list[str]:
    """Return the revisions that the database says it is at."""
    with plain_engine(url).connect() as connection:
        return [*connection.scalars(text("SELECT version_num FROM alembic_version"))]


def written(project: Project) -> Path:
    """Return the squashed revision."""
    (file,) = (each for each in project.revisions if f"_{LAST}_" in each.name)
    return file


def mend(file: Path) -> None:
    """Add to the squashed revision what autogenerate did not see."""
    end = "    # ### end Alembic"
    before, found, after = file.read_text().partition(end)
    file.write_text(f"{before}    {SEED}\n    {VIEW}\n{found}{after}")


@pytest.mark.parametrize("driver", DRIVERS)
def test_database_at_any_replaced_revision_comes_to_head_and_a_new_one_runs_the_short_way(
    driver: str, tmp_path: Path
) -> None:
    project = project_with_history(tmp_path, driver)
    with ExitStack() as stack:
        *stopped, new, scratch = (
            stack.enter_context(database(driver, tmp_path)) for _ in range(len(STEPS) + 3)
        )
        for number, project.url in enumerate(stopped[1:], 1):
            project.run("upgrade", str(number))
        url = scratch.render_as_string(hide_password=False)
        with pytest.raises(CommandError, match=r"lacks .*2 rows in .*plan.*view .*phones"):
            squash(project, LAST, scratch=url)
        assert VIEW in written(project).read_text()  # among what no comparison sees
        mend(written(project))
        said = squash(project, LAST, scratch=url, task="prove")
        assert "Both ways make the same" in said
        assert "Not proven, of rows that are there: 3: op.backfill(" in said

        project.url = new
        assert "Running upgrade  -> 5" in project.run("upgrade", HEAD, sql=True)
        project.run("upgrade", "head")
        expected = contents(new)
        for number, project.url in enumerate(stopped):
            if number < int(LAST):
                assert f"{number}" in project.run("current") or not number
            project.run("upgrade", "head")
            assert contents(project.url) == expected, number
            assert versions(project.url) == [HEAD]
            project.run("downgrade", "3")  # the long way back
            assert versions(project.url) == ["3"]


def test_replaced_files_are_needed_until_no_database_is_on_its_way(tmp_path: Path) -> None:
    project = project_with_history(tmp_path, "sqlite+pysqlite")
    project.url = URL.create("sqlite", database=str(tmp_path / "3.db"))
    project.run("upgrade", "3")
    with pytest.raises(CommandError, match="lacks"):
        squash(project, LAST)
    mend(written(project))
    assert "Nearest is 3 (" in tool(project, "which")
    with pytest.raises(CommandError, match="at 3: it needs replaced/"):
        squash(project, LAST, task="needed")
    sql = project.run("upgrade", f"3:{HEAD}", sql=True)
    assert "-- Running upgrade 3 -> 4" in sql
    assert "-- Running upgrade 4 -> 5" in sql
    assert "-- Running downgrade 5 -> 4" in project.run("downgrade", f"{LAST}:3", sql=True)

    (project.migrations / "replaced" / "4.py").rename(tmp_path / "4.py")
    with pytest.raises(CommandError, match="at 3, which 5 replaces, and 4 is gone"):
        project.run("upgrade", "head")
    (tmp_path / "4.py").rename(project.migrations / "replaced" / "4.py")
    project.run("upgrade", LAST)
    assert "no longer needs" in squash(project, LAST, task="needed")


def test_squashed_revision_is_squashed_again(tmp_path: Path) -> None:
    project = project_with_history(tmp_path, "sqlite+pysqlite")
    for last in "2", HEAD:
        for file in (each for each in project.revisions if "replace" in each.name):
            file.write_text(file.read_text().replace("    # ### end", f"    {SEED}\n    # ### end"))
        with pytest.raises(CommandError, match="lacks"):
            squash(project, last)
    (file,) = project.revisions
    assert 'replaces: Sequence[str] = ("1", "2", "3", "4", "5", "6")' in file.read_text()
    replaced = sorted(each.name for each in (project.migrations / "replaced").glob("*.py"))
    assert replaced == [f"{number}.py" for number in range(1, 7)]


def test_revision_from_which_another_goes_on_is_refused_and_nothing_moves(tmp_path: Path) -> None:
    project = project_with_history(tmp_path, "sqlite+pysqlite")
    other = REVISION.format(id="other", down="'2'", up="pass", undo="pass")
    (project.migrations / "versions" / "other.py").write_text(other)
    before = project.files
    with pytest.raises(CommandError, match="other goes on from 2"):
        squash(project, LAST)
    assert project.files == before


@pytest.mark.parametrize("driver", ["postgresql+psycopg", "postgresql+asyncpg"])
def test_extensions_of_the_scratch_database_stay(driver: str, tmp_path: Path) -> None:
    mode = "async" if "asyncpg" in driver else "sync"
    project = new_project(tmp_path, driver=driver, mode=mode)
    steps = ['"CREATE TABLE a (b citext)"', '"CREATE INDEX i ON a (b)"']
    for number, step in enumerate(steps, 1):
        down = repr(str(number - 1)) if number > 1 else None
        up = f"op.execute({step})"
        content = REVISION.format(id=number, down=down, up=up, undo="pass")
        (project.migrations / "versions" / f"{number}.py").write_text(content)
    with ExitStack() as stack:
        project.url, scratch = (stack.enter_context(database(driver, tmp_path)) for _ in "ab")
        for url in (project.url, scratch):
            with plain_engine(url).begin() as connection:
                connection.execute(text("CREATE EXTENSION citext"))
                connection.execute(text("CREATE EXTENSION pg_stat_statements"))  # has a view
                connection.execute(text("CREATE SEQUENCE of_theirs"))
                connection.execute(text("ALTER EXTENSION citext ADD SEQUENCE of_theirs"))
        project.run("upgrade", "head")
        before = contents(scratch)
        shown = scratch.render_as_string(hide_password=False)
        assert "Nearest is 2 (" in tool(project, "which", scratch=shown)
        assert "Both ways make the same" in squash(project, "2", scratch=shown)
        assert contents(scratch) == before
