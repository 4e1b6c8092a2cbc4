"""A project that uses Alembic already is adopted, and keeps its history and its files."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import re
import subprocess
import textwrap
from pathlib import Path

import pytest
import yaml
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from support import processes, template
from support.repositories import commit, copier, files, release, released

MODELS = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(primary_key=True)


class Purchase(Base):
    __tablename__ = "purchase"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
REVISION = '''"""{message}"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down!r}


def upgrade() -> None:
    op.create_table({table!r}, sa.Column("id", sa.Integer(), primary_key=True))


def downgrade() -> None:
    op.drop_table({table!r})
'''
REVISIONS = {  # revision: what is before it, message and table
    "aa": (None, "First", "customer"),
    "bb": ("aa", "Left", "purchase"),
    "cc": ("aa", "Right", "queue_jobs"),  # of no model
}
# What users do to a stock env.py.
OWN_CODE = """
import os
from shop.models import Base

target_metadata = Base.metadata
config.set_main_option("sqlalchemy.url", os.environ["SHOP_URL"])


def include_name(name, type_, parent_names):
    return not (type_ == "table" and name.startswith("queue_"))
"""
OWN_OPTIONS = 'include_name=include_name, version_table="shop_versions"'
# The same, moved to hooks.py as the message after a copy says.
HOOKS = """
import os

from alembic import context

context.config.set_main_option("sqlalchemy.url", os.environ["SHOP_URL"])


def include_name(name: str | None, type_: str, parent_names: Any) -> bool:
    return not (type_ == "table" and str(name).startswith("queue_"))


options = {"include_name": include_name, "version_table": "shop_versions"}
"""
# One process for all commands.
COMMANDS = """
import os, sys
from alembic.config import main as alembic

for line in sys.argv[1:]:
    variable, program, *arguments = line.split()
    name, _, os.environ[name] = variable.partition("=")
    try:
        if program == "flask":
            from flask.cli import cli as flask

            flask.main(["--app", "shop", *arguments], standalone_mode=False)
        else:
            alembic(["--raiseerr", *arguments])
    except (Exception, SystemExit) as error:
        print(f"{type(error).__name__}: {error}")
    del os.environ[name]
    print("\\0", end="", flush=True)
"""


def run(project: Path, *commands: str) -> list[list[str]]:
    """Run commands such as "SHOP_URL=sqlite:///shop.db alembic heads".

    Returns the lines that each prints, sorted: Alembic prints heads in any order.
    """
    result = processes.run(("python", "-c", COMMANDS, *commands), project, os.environ)
    assert result.returncode == 0, result.stderr
    return [sorted(printed.splitlines()) for printed in result.stdout.split("\0")[:-1]]


def stock_project(folder: Path, stock: str = "generic", directory: str = "migrations") -> Path:
    """Start a project named shop, with a stock Alembic that its user has edited, and commit it."""
    project = folder / "my-shop"
    package = project / ("src/shop" if directory.startswith("src/shop/") else "shop")
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "models.py").write_text(MODELS)
    with contextlib.chdir(project):
        config = Config("alembic.ini", toml_file="pyproject.toml", stdout=io.StringIO())
        command.init(config, directory, template=stock)
    if directory.startswith("src/"):
        replace(project / "alembic.ini", r"^prepend_sys_path = \.$", "prepend_sys_path = src")
    env = project / directory / "env.py"
    replace(env, "^target_metadata = None$", OWN_CODE)
    replace(env, r"\btarget_metadata=target_metadata\b", rf"\g<0>, {OWN_OPTIONS}")
    write_revisions(project / directory / "versions")
    commit(project)
    return project


def write_revisions(versions: Path) -> None:
    """Write a history with two heads."""
    for revision, (down, message, table) in REVISIONS.items():
        content = REVISION.format(revision=revision, down=down, message=message, table=table)
        (versions / f"{revision}.py").write_text(content)


def replace(file: Path, pattern: str, replacement: str) -> None:
    """Replace a pattern that must be there."""
    content, count = re.subn(pattern, replacement, file.read_text(), flags=re.MULTILINE)
    assert count, f"no {pattern} in {file}"
    file.write_text(content)


def recipe(project: Path, **answers: str) -> None:
    """Expect that a copy is refused, do what it says and commit."""
    before = files(project)
    with pytest.raises(ValueError, match="first commit") as refused:
        template.render(project, **answers)
    assert files(project) == before
    found = re.search(r'first commit "(.*)"\.$', str(refused.value))
    assert found
    subprocess.run(found[1], shell=True, cwd=project, check=True)  # noqa: S602 # as a user does
    commit(project)


def adopt(project: Path, **answers: str) -> dict[str, str]:
    """Adopt a project as the README says, and return the answers."""
    recipe(project, **answers)
    template.render(project, **answers)
    given = yaml.safe_load((project / ".copier-answers.yml").read_text())
    assert isinstance(given, dict)
    return given


QUESTIONS = ["history", "heads", "current", "check"]
HISTORY = ["<base> -> aa (branchpoint), First", "aa -> bb (head), Left", "aa -> cc (head), Right"]
HEADS = ["bb (head)", "cc (head)"]
AT_HEAD = [HISTORY, HEADS, HEADS, ["No new upgrade operations detected."]]
NOT_UP_TO_DATE = "CommandError: Target database is not up to date."
ANSWERS = [*AT_HEAD, HISTORY, HEADS, ["bb (head)"], [NOT_UP_TO_DATE]]
STOCK = [
    ("generic", "migrations", {}),
    ("generic", "src/shop/migrations", {}),
    ("async", "src/shop/alembic", {"mode": "async"}),
    ("pyproject", "alembic", {}),
    ("pyproject", "shop/db_changes", {"config": "pyproject.toml"}),
    ("pyproject_async", "migrations", {"mode": "async", "config": "pyproject.toml"}),
]


@pytest.mark.parametrize(("stock", "directory", "answers"), STOCK)
def test_adopted_project_says_of_its_history_what_it_said_before(
    stock: str, directory: str, answers: dict[str, str], tmp_path: Path
) -> None:
    project = stock_project(tmp_path, stock, directory)
    scheme = "sqlite+aiosqlite" if "mode" in answers else "sqlite"
    at_head, one_behind = (f"SHOP_URL={scheme}:///{tmp_path}/{n}.db alembic" for n in (1, 2))
    questions = [f"{start} {question}" for start in (at_head, one_behind) for question in QUESTIONS]
    _, _, *before = run(project, f"{at_head} upgrade heads", f"{one_behind} upgrade bb", *questions)
    adopt(project, **answers)
    hooks = project / directory / "hooks.py"
    hooks.write_text(hooks.read_text() + HOOKS)
    goes_on = (f"{one_behind} upgrade heads", f"{one_behind} check")
    *after, _, check = run(project, *questions, *goes_on)
    assert after == before == ANSWERS
    assert check == ["No new upgrade operations detected."]


def test_settings_of_alembic_ini_live_on_in_pyproject_toml(tmp_path: Path) -> None:
    project = stock_project(tmp_path)
    (project / "more").mkdir()
    (project / "migrations" / "versions" / "cc.py").rename(project / "more" / "cc.py")
    locations = ["%(here)s/migrations/versions", "%(here)s/more"]
    setting = f"version_locations = {os.pathsep.join(locations)}"
    replace(project / "alembic.ini", "^path_separator = os$", rf"\g<0>\n{setting}")
    heads = f"SHOP_URL=sqlite:///{tmp_path}/1.db alembic heads"
    before = run(project, heads)
    assert before == [["bb (head)", "cc (head)"]]
    adopt(project)
    assert run(project, heads) == [["bb (head)"]]
    (project / "pyproject.toml").write_text(f"[tool.alembic]\nversion_locations = {locations}\n")
    assert run(project, heads) == before
    # As docs/adoption.md says, code has to name both files.
    config = Config(project / "alembic.ini", toml_file=project / "pyproject.toml")
    assert sorted(ScriptDirectory.from_config(config).get_heads()) == ["bb", "cc"]


def test_block_of_the_message_is_all_that_pyproject_toml_needs(tmp_path: Path) -> None:
    project = stock_project(tmp_path, directory="src/shop/migrations")
    recipe(project)
    arguments = ["--defaults", "-d", "config=pyproject.toml"]
    result = copier("copy", *arguments, released(), ".", cwd=project)
    assert result.returncode == 0, result.stderr
    _, _, message = result.stderr.partition("If it has no [tool.alembic] yet, add:\n")
    lines = itertools.takewhile(lambda line: line.startswith("  "), message.strip("\n").split("\n"))
    (project / "pyproject.toml").write_text("\n".join(lines))
    alembic = f"SHOP_URL=sqlite:///{tmp_path}/1.db alembic"
    hooks = project / "src" / "shop" / "migrations" / "hooks.py"
    hooks.write_text(hooks.read_text() + HOOKS)
    *_, check = run(project, f"{alembic} upgrade heads", f"{alembic} check")
    assert check == ["No new upgrade operations detected."]
    assert not (project / "alembic.ini").exists()


def test_several_databases_in_one_history_stop_before_anything_is_done(tmp_path: Path) -> None:
    project = tmp_path / "my-shop"
    (project / "shop").mkdir(parents=True)
    (project / "shop" / "__init__.py").touch()
    (project / "shop" / "models.py").write_text(MODELS)
    with contextlib.chdir(project):
        config = Config("alembic.ini", stdout=io.StringIO())
        command.init(config, "migrations", template="multidb")
        command.revision(config, "First", rev_id="aa")
    commit(project)
    alembic = f"SHOP_URL=sqlite:///{tmp_path}/1.db alembic"
    before = run(project, f"{alembic} history", f"{alembic} heads")
    adopt(project)
    hooks = project / "migrations" / "hooks.py"
    hooks.write_text(hooks.read_text() + HOOKS)
    *after, upgrade, current = run(
        project, *(f"{alembic} {name}" for name in ("history", "heads", "upgrade head", "current"))
    )
    assert after == before == [["<base> -> aa (head), First"], ["aa (head)"]]
    (error,) = upgrade
    assert re.match(r"TypeError: upgrade\(\) missing .* 'engine_name'", error)
    assert current == []


# --- Flask-Migrate --------------------------------------------------------------------------

FLASK_PACKAGE = """
import os

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()
migrate = Migrate()


def include_name(name, type_, parent_names):
    return not (type_ == "table" and name.startswith("queue_"))


def create_app():
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["SHOP_URL"]
    db.init_app(app)
    migrate.init_app(app, db, include_name=include_name, version_table="shop_versions")
    from shop import models
    return app
"""
FLASK_MODELS = """
from shop import db


class Customer(db.Model):
    id = db.Column(db.Integer, primary_key=True)


class Purchase(db.Model):
    id = db.Column(db.Integer, primary_key=True)
"""


def test_flask_migrate_is_adopted_and_its_commands_go_on(tmp_path: Path) -> None:
    project = tmp_path / "my-shop"
    (project / "shop").mkdir(parents=True)
    (project / "shop" / "__init__.py").write_text(FLASK_PACKAGE)
    (project / "shop" / "models.py").write_text(FLASK_MODELS)
    urls = [f"sqlite:///{tmp_path}/{n}.db" for n in (1, 2)]
    at_head, one_behind = (f"SHOP_URL={url} flask db" for url in urls)
    run(project, f"{at_head} init")
    write_revisions(project / "migrations" / "versions")
    commit(project)
    asked = [f"{start} {question}" for start in (at_head, one_behind) for question in QUESTIONS]
    _, _, *before = run(project, f"{at_head} upgrade heads", f"{one_behind} upgrade bb", *asked)
    assert before == [*ANSWERS[:-1], ["SystemExit: 1"]]
    answers = adopt(project)
    assert answers["metadata"] == "shop.models:db.metadata"
    hooks = project / "migrations" / "hooks.py"
    options = "\nfrom shop import include_name\n" + HOOKS.splitlines()[-1]
    hooks.write_text(hooks.read_text() + options)
    package = project / "shop" / "__init__.py"
    package.write_text(f"{FLASK_PACKAGE}\n{block_of_the_page('migrate.configure')}")
    asked += [f"DATABASE_URL={url} alembic {question}" for url in urls for question in QUESTIONS]
    *after, _, check = run(project, *asked, f"{one_behind} upgrade heads", f"{one_behind} check")
    assert after == [*before, *ANSWERS]
    assert check == ["No new upgrade operations detected."]


def block_of_the_page(marker: str) -> str:
    """Return the code in docs/adoption.md that holds the marker."""
    page = (template.ROOT / "docs" / "adoption.md").read_text()
    (block,) = (
        part for part in re.findall(r"(?:^    .*\n)+", page, re.MULTILINE) if marker in part
    )
    return textwrap.dedent(block)


# --- The files that were there --------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["--defaults"],
        ["--defaults", "--overwrite", "--data", "project=existing"],
        ["--force", "--data", "project=new", "--data", "layout=flat", "--data", "placement=root"],
    ],
    ids=" ".join,
)
def test_files_of_alembic_are_never_overwritten(arguments: list[str], tmp_path: Path) -> None:
    project = stock_project(tmp_path)
    before = files(project)
    result = copier("copy", *arguments, released(), ".", cwd=project)
    assert result.returncode != 0
    last_line = result.stderr.splitlines()[-1]
    for file in ("alembic.ini", "migrations/env.py", "migrations/script.py.mako"):
        assert f"git mv {file} {file}.before" in last_line
    assert files(project) == before


def test_files_are_kept_beside_and_the_message_says_what_to_move(tmp_path: Path) -> None:
    project = stock_project(tmp_path)
    before = files(project)
    recipe(project)
    result = copier("copy", "--defaults", released(), ".", cwd=project)
    assert result.returncode == 0, result.stderr
    after = files(project)
    renamed = ["alembic.ini", "migrations/env.py", "migrations/script.py.mako"]
    for name, content in before.items():
        assert after[f"{name}.before" if name in renamed else name] == content
    kept = ", ".join(f"{name}.before" for name in renamed)
    assert f"Move what is yours out of {kept}, then delete them:" in result.stderr
    for advice in ("target_metadata", "options in migrations/hooks.py", "DATABASE_URL"):
        assert advice in result.stderr
    assert "create tables" not in result.stderr


def test_message_speaks_of_no_files_that_were_not_there(tmp_path: Path) -> None:
    result = copier(
        "copy", "--defaults", "-d", "project=existing", released(), "my-app", cwd=tmp_path
    )
    assert "alembic upgrade head" in result.stderr
    assert "Move" not in result.stderr


def test_adopted_project_is_updated_and_copied_again(tmp_path: Path) -> None:
    project, releases = stock_project(tmp_path), tmp_path / "template"
    recipe(project)
    releases.mkdir()
    release(releases, "1.0.0")
    result = copier("copy", "--defaults", releases, ".", cwd=project)
    assert result.returncode == 0, result.stderr
    (project / "billing" / "migrations").mkdir(parents=True)
    (project / "billing" / "migrations" / "script.py.mako").touch()  # an Alembic without us
    commit(project)
    before = files(project)
    release(releases, "2.0.0")
    result = copier("update", "--defaults", cwd=project)
    assert result.returncode == 0, result.stderr
    after = files(project)
    assert "_commit: 2.0.0" in after[".copier-answers.yml"]
    assert after == before | {".copier-answers.yml": after[".copier-answers.yml"]}
    (project / "migrations" / "hooks.py").unlink()
    result = copier("copy", "--defaults", releases, ".", cwd=project)
    assert result.returncode == 0, result.stderr
    assert files(project) == after


def test_brackets_in_the_folder_s_name_hide_nothing(tmp_path: Path) -> None:
    project = stock_project(tmp_path).rename(tmp_path / "[x] *?")
    recipe(project)


# --- Answers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("directory", "layout", "placement"),
    [
        ("migrations", "flat", "root"),
        ("alembic", "flat", "root"),
        ("shop/migrations", "flat", "package"),
        ("src/shop/alembic", "src", "package"),
    ],
)
def test_answers_take_their_defaults_from_what_stands_there(
    directory: str, layout: str, placement: str, tmp_path: Path
) -> None:
    project = stock_project(tmp_path, directory=directory)
    (project / "tests").mkdir()
    (project / "tests" / "__init__.py").touch()
    answers = adopt(project)
    assert answers["project"] == "existing"
    assert answers["package"] == "shop"
    assert answers["layout"] == layout
    assert answers["placement"] == placement
    assert answers["directory"] == Path(directory).name
    assert answers["metadata"] == "shop.models:Base.metadata"
    assert (project / directory / "env.py").exists()


@pytest.mark.parametrize(("parent", "layout"), [("src/shop", "src"), ("shop", "flat")])
def test_package_and_layout_are_seen_without_alembic(
    parent: str, layout: str, tmp_path: Path
) -> None:
    (tmp_path / "my-shop" / parent).mkdir(parents=True)
    (tmp_path / "my-shop" / parent / "__init__.py").touch()
    template.render(tmp_path / "my-shop", project="existing")
    assert (tmp_path / "my-shop" / parent / "migrations" / "env.py").exists()
    answers = yaml.safe_load((tmp_path / "my-shop" / ".copier-answers.yml").read_text())
    assert (answers["package"], answers["layout"]) == ("shop", layout)


@pytest.mark.parametrize(
    ("directory", "moved"),
    [
        ("shop/db/migrations", "shop/migrations"),
        ("src/shop/db/alembic", "src/shop/alembic"),
        ("src/migrations", "migrations"),
        ("db-migrations", "db_migrations"),
    ],
)
def test_directory_that_can_not_stay_there_is_moved_first(
    directory: str, moved: str, tmp_path: Path
) -> None:
    project = stock_project(tmp_path, directory=directory)
    recipe(project)
    adopt(project)
    kept = {name for name in files(project) if name.endswith(("env.py", "aa.py", "env.py.before"))}
    assert kept == {f"{moved}/{name}" for name in ("env.py", "versions/aa.py", "env.py.before")}


@pytest.mark.parametrize(
    ("answers", "path"),
    [
        ({"directory": "other"}, "other"),
        ({"placement": "package"}, "shop/migrations"),
        ({"placement": "package", "layout": "src"}, "src/shop/migrations"),
    ],
    ids=str,
)
def test_answer_that_would_leave_the_revisions_behind_is_refused(
    answers: dict[str, str], path: str, tmp_path: Path
) -> None:
    project = stock_project(tmp_path)
    recipe(project)
    before = files(project)
    with pytest.raises(ValueError, match=f'first commit "git mv migrations {path}"'):
        template.render(project, **answers)
    assert files(project) == before


@pytest.mark.parametrize("marker", ["alembic.ini", "pyproject.toml"])
def test_alembic_of_a_project_in_a_subfolder_is_its_own_business(
    marker: str, tmp_path: Path
) -> None:
    (tmp_path / "billing" / "migrations").mkdir(parents=True)
    for file in (marker, "migrations/env.py", "migrations/script.py.mako"):
        (tmp_path / "billing" / file).touch()
    template.render(tmp_path, project="existing", package="shop")
    assert (tmp_path / "src" / "shop" / "migrations" / "env.py").exists()
    assert (tmp_path / "billing" / "migrations" / "env.py").read_text() == ""
