"""Beside other templates, below a repository's root, and more than once in a repository."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from support import template
from support.migrations import Project
from support.repositories import commit, copier, files, git, release

ANSWERS_FILE = ".copier-answers.alembic.yml"
FIXED = ("env.py", "database.py", "autogenerate.py", "alembic.ini")
OLD = "# This line was removed in 2.0.0.\n"

TABLES = """\
from sqlalchemy import Column, Integer, MetaData, Table

metadata = MetaData()
Table("{0}", metadata, Column("id", Integer, primary_key=True))
"""


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a repository of the template: 1.0.0 has a line that 2.0.0, today's, has not."""
    folder = tmp_path_factory.mktemp("releases")
    template.copy_to(folder)
    for file in folder.joinpath("template").rglob("*.*"):
        if file.name.removesuffix(".jinja").removesuffix("{% endif %}").endswith(FIXED):
            file.write_text(file.read_text() + OLD)
    commit(folder)
    git(folder, "tag", "1.0.0")
    release(folder, "2.0.0")
    return folder


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Make a repository of another template, with two releases."""
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "copier.yml").write_text(
        "_subdirectory: template\nmode: {type: str, default: dark}\n"
    )
    (folder / "template").mkdir()
    answers = folder / "template" / "{{ _copier_conf.answers_file }}.jinja"
    answers.write_text("{{ _copier_answers | to_nice_yaml -}}\n")
    for version in ("1.0.0", "2.0.0"):
        (folder / "template" / "LICENSE").write_text(f"Licence {version}\n")
        commit(folder)
        git(folder, "tag", version)
    return folder


def run(*arguments: str | Path, cwd: Path) -> None:
    """Run Copier with the defaults, and commit what it did."""
    command, *rest = arguments
    result = copier(str(command), "--defaults", *rest, cwd=cwd)
    assert result.returncode == 0, result.stderr
    commit(Path(git(cwd, "rev-parse", "--show-toplevel").strip()))


def existing(package: str) -> list[str]:
    """Return the answers of an existing project with this package."""
    answers = {"project": "existing", "package": package, "metadata": f"{package}.tables:metadata"}
    return [part for name, value in answers.items() for part in ("-d", f"{name}={value}")]


def make_package(folder: Path, name: str) -> None:
    """Write a package with a table of its name."""
    package = folder / "src" / name
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "tables.py").write_text(TABLES.format(name))


def changed(folder: Path) -> set[str]:
    """Return what the last commit changed, from the repository's root."""
    return set(git(folder, "show", "--format=", "--name-only", "HEAD").split())


# --- A second answers file ------------------------------------------------------------------


@pytest.fixture
def beside(other: Path, releases: Path, tmp_path: Path) -> Path:
    """Make a project of another template, and add the migrations of 1.0.0 with a revision."""
    project = tmp_path / "my-app"
    make_package(project, "shop")
    commit(project)
    run("copy", "--vcs-ref=1.0.0", other, ".", cwd=project)
    where = ["--vcs-ref=1.0.0", "-a", ANSWERS_FILE]
    run("copy", *where, *existing("shop"), "-d", "mode=async", releases, ".", cwd=project)
    (project / "src/shop/migrations/versions/1_first.py").write_text("revision = '1'\n")
    commit(project)
    return project


def test_copy_with_an_answers_file_of_its_own_leaves_the_other_template_s(beside: Path) -> None:
    own = yaml.safe_load((beside / ANSWERS_FILE).read_text())
    others = yaml.safe_load((beside / ".copier-answers.yml").read_text())
    assert (own["package"], own["mode"], own["_commit"]) == ("shop", "async", "1.0.0")
    assert (others["mode"], others["_commit"]) == ("dark", "1.0.0")


def test_each_of_two_templates_is_updated_for_itself(beside: Path) -> None:
    run("update", "-a", ANSWERS_FILE, cwd=beside)
    assert changed(beside) == {
        ANSWERS_FILE,
        "alembic.ini",
        "src/shop/migrations/autogenerate.py",
        "src/shop/migrations/database.py",
        "src/shop/migrations/env.py",
    }
    assert not [name for name, text in files(beside).items() if OLD in text or "<<<<" in text]
    run("update", cwd=beside)
    assert changed(beside) == {".copier-answers.yml", "LICENSE"}


def test_revisions_are_not_left_behind_with_a_second_answers_file_either(beside: Path) -> None:
    command = ["update", "--defaults", "-a", ANSWERS_FILE, "-d", "directory=other"]
    result = copier(*command, cwd=beside)
    assert result.returncode != 0
    assert "The revisions are in src/shop/migrations: to move them" in result.stderr
    assert git(beside, "status", "--porcelain") == ""


# --- Below the repository's root ------------------------------------------------------------


@pytest.fixture
def monorepo(releases: Path, tmp_path: Path) -> Path:
    """Make a repository with two new projects of 1.0.0 in subfolders, and work done in them."""
    folder = tmp_path / "monorepo"
    folder.mkdir()
    (folder / "README.md").write_text("# Mine\n")
    commit(folder)
    for name in ("billing", "shop"):
        where = ["--vcs-ref=1.0.0", "-d", f"package={name}"]
        run("copy", *where, releases, f"services/{name}", cwd=folder)
        migrations = folder / "services" / name / "src" / name / "migrations"
        (migrations / "versions/1_first.py").write_text("revision = '1'\ndown_revision = None\n")
        with (migrations / "hooks.py").open("a") as hooks:
            hooks.write("\n# my own\n")
        (folder / "services" / name / "README.md").unlink()
    commit(folder)
    return folder


@pytest.mark.parametrize(
    ("cwd", "argument"), [("services/billing", "."), (".", "services/billing")], ids=["in", "above"]
)
def test_project_in_a_subfolder_is_updated_alone(cwd: str, argument: str, monorepo: Path) -> None:
    run("update", argument, cwd=monorepo / cwd)
    assert changed(monorepo) == {
        "services/billing/.copier-answers.yml",
        "services/billing/alembic.ini",
        "services/billing/src/billing/migrations/autogenerate.py",
        "services/billing/src/billing/migrations/database.py",
        "services/billing/src/billing/migrations/env.py",
    }
    after = files(monorepo / "services" / "billing")
    assert not [name for name, text in after.items() if OLD in text or "<<<<" in text]
    project = Project(monorepo / "services" / "billing", answers("billing", "package"))
    assert project.run("heads").startswith("1 (head)")


def test_revisions_in_a_subfolder_are_not_left_behind(monorepo: Path) -> None:
    folder = monorepo / "services" / "billing"
    result = copier("update", "--defaults", "-d", "placement=root", cwd=folder)
    assert result.returncode != 0
    assert "The revisions are in src/billing/migrations: to move them" in result.stderr
    assert git(monorepo, "status", "--porcelain") == ""


# --- Two packages of one project ------------------------------------------------------------


def answers(package: str, placement: str) -> dict[str, str]:
    """Return the answers that say where things are."""
    return {
        "package": package,
        "layout": "src",
        "directory": "migrations",
        "placement": placement,
        "config": "alembic.ini",
    }


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Make a project with two packages."""
    project = tmp_path / "my-app"
    for name in ("billing", "shop"):
        make_package(project, name)
    commit(project)
    return project


def test_two_packages_have_migrations_in_folders_of_their_own(
    packages: Path, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(packages / "src")  # as if the project were installed
    for name in ("billing", "shop"):
        where = ["--vcs-ref=1.0.0", "-d", "placement=root"]
        run("copy", *where, *existing(name), releases, f"databases/{name}", cwd=packages)
    for name in ("billing", "shop"):
        project = Project(packages / "databases" / name, answers(name, "root"))
        revision = project.autogenerate("create tables")
        assert f'"{name}"' in revision.read_text()
        project.run("upgrade", "head")
        project.run("check")
        assert (project.path / "app.db").exists()
    commit(packages)
    run("update", "databases/shop", cwd=packages)
    assert "databases/shop/migrations/env.py" in changed(packages)
    assert {Path(name).parts[:2] for name in changed(packages)} == {("databases", "shop")}
    Project(packages / "databases" / "shop", answers("shop", "root")).run("check")


def test_second_set_of_migrations_in_one_folder_stops_at_the_first_one_s_configuration(
    packages: Path, releases: Path
) -> None:
    run("copy", "-a", ".copier-answers.shop.yml", *existing("shop"), releases, ".", cwd=packages)
    second = ["copy", "--defaults", "-a", ".copier-answers.billing.yml", *existing("billing")]
    result = copier(*second, releases, ".", cwd=packages)
    assert result.returncode != 0
    assert "conflict" in result.stderr
    assert "alembic.ini" in result.stderr
    assert git(packages, "diff", "--name-only") == ""
