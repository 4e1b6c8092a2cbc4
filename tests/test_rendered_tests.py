"""The tests that a project is rendered with: they pass, and each fails when it should."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from sqlalchemy import URL

from support import processes, template
from support.contents import EMPTY, contents
from support.databases import database, has_server
from support.migrations import Project, new_project
from support.repositories import commit, git

WITH_SERVER = [pair for pair in template.MODES_AND_DRIVERS if has_server(pair[1])]

ONE_HEAD = "test_there_is_one_head"
MODELS = "test_revisions_build_what_the_models_say"
ROWS = "test_each_revision_goes_down_and_up_again_with_rows_in_the_tables"
SEARCHED = "test_each_model_is_where_autogenerate_looks"
LANDED = "test_no_revision_was_edited_after_it_landed"
HEADS = "test_heads_txt_names_the_heads"
ALL = {ONE_HEAD, HEADS, MODELS, ROWS, SEARCHED, LANDED}


def started(project: Project) -> Project:
    """Give the project its first revision, and commit all that it has to its main branch."""
    project.autogenerate("create tables")
    git(project.path, "init", "--quiet", "--initial-branch=main")
    commit(project.path)
    return project


def run_tests(project: Project, url: URL | None = None) -> tuple[dict[str, str], str]:
    """Run the project's tests as its user does. Returns how each ended, and what was said."""
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    if url is not None:
        environment["TEST_DATABASE_URL"] = url.render_as_string(hide_password=False)
    command = ("pytest", "-vrs", "-p", "no:cacheprovider")
    result = processes.run(command, project.path, environment)
    ends = dict(re.findall(r"::(\w+) (PASSED|FAILED|SKIPPED|ERROR) ", result.stdout))
    assert ends.keys() == ALL, result.stdout + result.stderr
    return ends, result.stdout


def failures(project: Project, url: URL | None = None) -> set[str]:
    """Return the names of the tests that don't pass."""
    ends, said = run_tests(project, url)
    sys.stdout.write(said)
    return {name for name, end in ends.items() if end != "PASSED"}


def revise(project: Project, upgrade: str, downgrade: str, parent: str = "") -> Path:
    """Write a revision by hand that does this."""
    scripts = project.scripts()
    file = project.migrations / "versions" / f"by_hand_{len(project.revisions)}.py"
    file.write_text(f"""
import sqlalchemy as sa
from alembic import op

revision = {file.stem!r}
down_revision = {parent or scripts.get_current_head()!r}


def upgrade():
    {upgrade}


def downgrade():
    {downgrade}
""")
    (project.migrations / "heads.txt").write_text("\n".join(project.scripts().get_heads()))
    return file


# --- They pass --------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "driver"), [*WITH_SERVER, *template.ONE_A_MODE_ON_MYSQL], ids=str)
def test_rendered_tests_pass_on_each_database(mode: str, driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        project = started(new_project(tmp_path, url, mode=mode, driver=driver))
        add = 'op.add_column("customer", sa.Column("{}", sa.String(9), server_default="a"))'
        drop = 'op.drop_column("customer", "{}")'
        revise(project, add.format("one"), drop.format("one"))
        model = project.models / "customer.py"
        model.write_text(
            model.read_text() + "    one: Mapped[str | None] = mapped_column(String(9), "
            'server_default="a")\n'
        )
        ends, said = run_tests(project, url)
        assert set(ends.values()) == {"PASSED"}, said
        assert "stays empty" not in said
        if "sqlite" not in driver:
            assert contents(url) == EMPTY


@pytest.mark.parametrize(
    "answers",
    [
        {"layout": "flat", "placement": "root", "directory": "alembic", "models": "sqlmodel"},
        {"placement": "root", "config": "pyproject.toml", "models": "dataclass"},
        {"layout": "flat", "directory": "alembic", "config": "pyproject.toml"},
        {"mode": "async", "driver": "sqlite+aiosqlite", "models": "sqlmodel"},
    ],
    ids=template.name,
)
def test_rendered_tests_pass_with_other_answers(answers: dict[str, str], tmp_path: Path) -> None:
    assert failures(started(new_project(tmp_path, None, **answers))) == set()


ASKS_ALEMBIC = """
from alembic import context

arguments = context.get_x_argument(as_dictionary=True)
target_metadata.info["tenant"] = arguments.get("tenant", "nobody")
options["include_schemas"] = bool(context.config.get_main_option("schemas"))
if context.is_offline_mode() or context.get_tag_argument():
    options["version_table"] = "another"
"""


def test_rendered_tests_pass_where_hooks_py_asks_alembic(tmp_path: Path) -> None:
    project = started(new_project(tmp_path))
    hooks = project.migrations / "hooks.py"
    hooks.write_text(hooks.read_text() + ASKS_ALEMBIC)
    assert failures(project) == set()
    assert project.cli("-x", "tenant=somebody", "current").returncode == 0


def test_rendered_tests_pass_beside_files_that_no_import_finds(tmp_path: Path) -> None:
    project = started(new_project(tmp_path))
    for name in (".#customer.py", "._customer.py", "2024-notes.py", "copy of customer.py"):
        (project.models / name).write_text("raise RuntimeError('it was run')")
    assert failures(project) == set()


# --- Each fails when it should ----------------------------------------------------------------


def test_second_head_is_named(tmp_path: Path) -> None:
    project = started(new_project(tmp_path))
    parent = project.scripts().get_current_head() or ""
    revise(project, "pass", "pass", parent)
    assert failures(project) == set()
    revise(project, "pass", "pass", parent)
    assert failures(project) == {ONE_HEAD, MODELS}
    project.run("merge", "heads")
    assert failures(project) == set()


def test_model_without_a_revision_is_named(tmp_path: Path) -> None:
    project = started(new_project(tmp_path))
    model = project.models / "customer.py"
    model.write_text(model.read_text() + "    phone: Mapped[str | None]\n")
    assert failures(project) == {MODELS}
    project.run("upgrade", "head")
    project.autogenerate("add phone")
    assert failures(project) == set()


TOTAL = 'op.add_column("purchase", sa.Column("total", sa.Numeric(12, 2){}))'


@pytest.mark.parametrize(
    ("upgrade", "undone", "not_undone"),
    [
        (
            'op.create_table("visit", sa.Column("id", sa.Integer, primary_key=True))',
            'op.drop_table("visit")',
            "pass",
        ),
        (
            'op.alter_column("customer", "email", type_=sa.String(300))',
            'op.alter_column("customer", "email", type_=sa.String(255))',
            "pass",
        ),
        (
            'op.create_index("ix_total", "purchase", ["total"])',
            'op.drop_index("ix_total", "purchase")',
            "pass",
        ),
        (
            'op.drop_column("purchase", "total")',
            TOTAL.format(', nullable=False, server_default="0"'),
            TOTAL.format(', server_default="0"'),
        ),
    ],
    ids=["table", "type", "index", "nullable"],
)
def test_downgrade_that_undoes_too_little_is_named(
    upgrade: str, undone: str, not_undone: str, tmp_path: Path
) -> None:
    with database("postgresql+psycopg", tmp_path) as url:
        project = started(new_project(tmp_path, url, driver="postgresql+psycopg"))
        revision = revise(project, upgrade, undone)
        assert ROWS not in failures(project, url)
        revision.write_text(revision.read_text().replace(undone, not_undone))
        assert ROWS in failures(project, url)


ADD = 'op.add_column("customer", sa.Column("phone", sa.String(9), nullable=False{}))'


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        (ADD.format(""), ADD.format(", server_default='none'")),
        (
            'op.create_check_constraint(op.f("few"), "purchase", "total > 100")',
            'op.create_check_constraint(op.f("few"), "purchase", "total >= 0")',
        ),
        (
            "op.execute(\"INSERT INTO customer (id, email) VALUES (1, 'a@example.com')\")",
            "op.execute(\"INSERT INTO customer (email) VALUES ('a@example.com')\")",
        ),
    ],
    ids=["not-null", "check", "insert"],
)
def test_upgrade_that_only_empty_tables_bear_is_named(bad: str, good: str, tmp_path: Path) -> None:
    with database("postgresql+psycopg", tmp_path) as url:
        project = started(new_project(tmp_path, url, driver="postgresql+psycopg"))
        undo = {
            "add": 'op.drop_column("customer", "phone")',
            "create": 'op.drop_constraint(op.f("few"), "purchase")',
            "execute": "op.execute(\"DELETE FROM customer WHERE email = 'a@example.com'\")",
        }[re.split(r"[._(]", good)[1]]
        revision = revise(project, good, undo)
        assert ROWS not in failures(project, url)
        revision.write_text(revision.read_text().replace(good, bad))
        assert ROWS in failures(project, url)


MODEL = """
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from my_app.db import Base


class OtherBase(DeclarativeBase):
    metadata = MetaData()


class Invoice({base}):
    __tablename__ = "invoice"

    id: Mapped[int] = mapped_column(primary_key=True)
"""


def test_model_outside_the_searched_modules_is_named(tmp_path: Path) -> None:
    project = started(new_project(tmp_path))
    (project.models.parent / "billing.py").write_text(MODEL.format(base="Base"))
    assert SEARCHED in failures(project)
    hooks = project.migrations / "hooks.py"
    hooks.write_text(
        hooks.read_text().replace('"my_app.models"', '"my_app.models", "my_app.billing"')
    )
    project.run("upgrade", "head")
    project.autogenerate("add invoices")
    assert failures(project) == set()


def test_model_with_another_metadata_is_named(tmp_path: Path) -> None:
    project = started(new_project(tmp_path))
    (project.models / "invoice.py").write_text(MODEL.format(base="OtherBase"))
    assert failures(project) == {SEARCHED}


# --- Git --------------------------------------------------------------------------------------


@pytest.mark.parametrize("edit", ["edited", "deleted"])
def test_revision_that_has_landed_stays_as_it_is(edit: str, tmp_path: Path) -> None:
    project = started(new_project(tmp_path))
    git(project.path, "checkout", "--quiet", "-b", "feature")
    new = revise(project, "pass", "pass")
    commit(project.path)
    new.write_text(new.read_text() + "\n# not yet on main\n")
    assert failures(project) == set()
    (first, _) = project.revisions
    if edit == "edited":
        first.write_text(first.read_text() + "\n# edited\n")
    else:
        commit(project.path)
        git(project.path, "checkout", "--quiet", "main")
        git(project.path, "merge", "--quiet", "feature")
        git(project.path, "checkout", "--quiet", "feature")
        new.unlink()
    # heads.txt still names the one that is gone.
    expected = {LANDED} if edit == "edited" else {LANDED, HEADS}
    assert failures(project) == expected
    commit(project.path)
    assert failures(project) == expected


def test_rows_are_tried_with_revisions_that_are_read_once(tmp_path: Path) -> None:
    project = started(new_project(tmp_path))
    log = tmp_path / "read"
    for number in range(3):
        file = revise(project, "pass", "pass")
        if not number:
            note = f"with open({str(log)!r}, 'a') as log:\n    log.write(test)"
            head = "import os\ntest = os.environ.get('PYTEST_CURRENT_TEST', '-')"
            file.write_text(f"{head}\n{note}\n{file.read_text()}")
    log.unlink()
    assert failures(project) == set()
    assert log.read_text().count(f"{ROWS} (call)") == 1


def test_squashed_revisions_may_move_to_replaced(tmp_path: Path) -> None:
    project = started(new_project(tmp_path))
    git(project.path, "checkout", "--quiet", "-b", "feature")
    (first,) = project.revisions
    folder = project.migrations / "replaced"
    folder.mkdir()
    content = first.read_text().replace("\n\n\ndef upgrade", '\nreplaces = ("1",)\n\n\ndef upgrade')
    first.rename(folder / first.name)
    first.with_name("squashed.py").write_text(content)
    commit(project.path)
    assert failures(project) == set()


def test_what_landed_on_main_meanwhile_is_no_edit(tmp_path: Path) -> None:
    project = started(new_project(tmp_path))
    git(project.path, "checkout", "--quiet", "-b", "feature")
    git(project.path, "checkout", "--quiet", "main")
    revise(project, "pass", "pass")
    commit(project.path)
    git(project.path, "checkout", "--quiet", "feature")
    assert failures(project) == set()


def test_branch_of_the_remote_counts_before_the_local_one(tmp_path: Path) -> None:
    project = started(new_project(tmp_path))
    git(project.path, "clone", "--quiet", "--bare", ".", str(tmp_path / "origin"))
    git(project.path, "remote", "add", "origin", str(tmp_path / "origin"))
    git(project.path, "fetch", "--quiet", "origin")
    new = revise(project, "pass", "pass")
    commit(project.path)
    new.write_text(new.read_text() + "\n# not yet pushed\n")
    assert failures(project) == set()
    git(project.path, "push", "--quiet", "origin", "main")
    assert failures(project) == {LANDED}


# --- What could not be looked at is said ------------------------------------------------------


def test_without_a_main_branch_the_test_says_so(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    project.autogenerate("create tables")
    ends, said = run_tests(project)
    assert {name for name, end in ends.items() if end != "PASSED"} == {LANDED}
    assert "none of origin/main, origin/master, main, master is in git: fetch one" in said


def test_table_that_gets_no_row_is_named(tmp_path: Path) -> None:
    project = started(new_project(tmp_path))
    check = 'sa.CheckConstraint("a > 9", name="large")'
    columns = f'sa.Column("a", sa.Integer, nullable=False), {check}'
    revise(project, f'op.create_table("odd", {columns})', 'op.drop_table("odd")')
    _, said = run_tests(project)
    assert "UserWarning: odd stays empty: CHECK constraint failed: ck_odd_large" in said


def test_server_that_is_not_named_is_said(tmp_path: Path) -> None:
    with database("postgresql+psycopg", tmp_path) as url:
        project = started(new_project(tmp_path, url, driver="postgresql+psycopg"))
        ends, said = run_tests(project)
        assert {name for name, end in ends.items() if end == "SKIPPED"} == {MODELS, ROWS}
        assert "set TEST_DATABASE_URL to an empty database" in said


@pytest.mark.parametrize(
    ("mode", "driver"),
    [
        ("sync", "mysql+pymysql"),
        ("sync", f"mysql+pymysql{template.ON_MYSQL}"),
        ("async", "postgresql+asyncpg"),
    ],
)
def test_database_with_tables_is_refused_and_kept(mode: str, driver: str, tmp_path: Path) -> None:
    with database(driver, tmp_path) as url:
        project = started(new_project(tmp_path, url, mode=mode, driver=driver))
        project.run("upgrade", "head")
        before = contents(url)
        ends, said = run_tests(project, url)
        assert {name for name, end in ends.items() if end == "ERROR"} == {MODELS, ROWS}
        assert "TEST_DATABASE_URL has tables, which would be lost: empty it" in said
        assert contents(url) == before
