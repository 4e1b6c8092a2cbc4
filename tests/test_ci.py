"""The workflows of `ci`: each command runs as it is written, and fails when it should."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import URL

from support import shell, template
from support.databases import database
from support.edits import started, update
from support.migrations import Project, existing_project, new_project
from support.pages import DOCS, blocks, sections
from support.repositories import commit, copier, git, release, released
from support.tenants import OWN, own, tenants_project

WORKFLOW = ".github/workflows/migrations.yml"
CALLER = ".github/workflows/check-migrations.yml"  # the user's
PIPELINE = ".gitlab/migrations.yml"
JOBS = {"github": ["migrations"], "gitlab": ["migrations", "migrations-squawk"]}
UPDATE = {"github": "update", "gitlab": "migrations-update"}
SHELLS = {"github": ["bash", "-e"], "gitlab": ["bash", "-eo", "pipefail"]}
SCRIPTS = sysconfig.get_path("scripts")


def load(project: Project, path: str) -> dict[Any, Any]:
    """Return a YAML file of the project."""
    loaded = yaml.safe_load((project.path / path).read_text())
    assert isinstance(loaded, dict)
    return loaded


def job_commands(project: Project, job: str) -> list[str]:
    """Return what a job runs, without what pip installs: the tests' environment has it.

    That pip can install a project is shown in test_install.py.
    """
    if project.answers["ci"] == "github":
        steps = load(project, WORKFLOW)["jobs"][job]["steps"]
        scripts = [
            step["run"]
            for step in steps
            if "INSTALL_COMMAND" not in step.get("run", "INSTALL_COMMAND")
        ]
    else:
        scripts = load(project, PIPELINE).get(job, {"script": []})["script"]
    installed = (re.sub(r"(?m)^pip install .*\n?", "", script) for script in scripts)
    return [script for script in installed if script]


def commands(project: Project) -> list[str]:
    """Return what is run for a merge of a branch."""
    return [
        command for job in JOBS[project.answers["ci"]] for command in job_commands(project, job)
    ]


def environment(project: Project) -> dict[str, str]:
    """Return the environment that GitHub or GitLab give to the commands."""
    if project.answers["ci"] == "github":
        inputs = load(project, CALLER)["jobs"]["migrations"]["with"]
        given = {"GITHUB_BASE_REF": "main", "SQUAWK_EXCLUDE": inputs.get("squawk-exclude", "")}
    else:
        squawk = load(project, PIPELINE).get("migrations-squawk", {"variables": {}})
        base = git(project.path, "merge-base", "HEAD", "origin/main").strip()
        given = squawk["variables"] | {
            "CI_DEFAULT_BRANCH": "main",
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        }
    inherited = project.environment()
    return (
        inherited
        | given
        | {
            "PATH": f"{shell.scripts()}:{SCRIPTS}:{inherited['PATH']}",
            "PYTHONPATH": str(template.package_path(project.path, project.answers).parent),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
    )


def run(project: Project, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command with the shell that GitHub or GitLab run it with."""
    return subprocess.run(
        [*SHELLS[project.answers["ci"]], "-c", command],
        cwd=project.path,
        env=environment(project),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def first_failure(project: Project) -> str:
    """Run the commands, and return the first one that fails with what it prints, or nothing."""
    for command in commands(project):
        result = run(project, command)
        if result.returncode != 0:
            return f"{command}\n{result.stdout}"
    return ""


def on_a_branch(project: Project) -> Project:
    """Put what is there on the main branch, there and at the origin, and go to a new branch."""
    git(project.path, "init", "--quiet", "--initial-branch=main")
    commit(project.path)
    origin = project.path.parent / "origin.git"
    git(project.path, "clone", "--quiet", "--bare", ".", str(origin))
    git(project.path, "remote", "add", "origin", str(origin))
    git(project.path, "fetch", "--quiet", "origin")
    git(project.path, "checkout", "--quiet", "-b", "branch")
    return project


def project_of(kind: str, folder: Path, url: URL | None = None, **answers: str) -> Project:
    """Render a new project, or for an existing one the migrations and then the workflow."""
    if kind == "existing":
        existing_project(folder, url, **answers | {"ci": "none"})
    return new_project(folder, url, **answers, project=kind)


def revise(project: Project, upgrade: str = "", downgrade: str = "", **options: Any) -> Path:
    """Write a revision by hand that does this."""
    before = set(project.revisions)
    project.run("revision", message="by hand", **options)
    (new,) = set(project.revisions) - before
    text = new.read_text()
    for name, body in (("Upgrade", upgrade), ("Downgrade", downgrade)):
        text = text.replace(f'"""{name} schema."""', f'"""{name} schema."""\n    {body}')
    new.write_text(text)
    return new


def add_a_model(project: Project) -> None:
    """Add a model, as a user does."""
    (project.models / "invoice.py").write_text("""\
from sqlalchemy.orm import Mapped, mapped_column

from my_app.db import Base


class Invoice(Base):
    __tablename__ = "invoice"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(index=True)
""")


# --- They pass --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ci", "kind", "mode", "driver"),
    [
        ("github", "new", "sync", "sqlite+pysqlite"),
        ("github", "new", "async", "postgresql+asyncpg"),
        ("github", "existing", "sync", "mysql+pymysql"),
        ("gitlab", "new", "sync", "postgresql+psycopg"),
        ("gitlab", "new", "async", "mysql+aiomysql"),
        ("gitlab", "existing", "async", "sqlite+aiosqlite"),
    ],
)
def test_every_command_runs_as_it_is_written(
    ci: str, kind: str, mode: str, driver: str, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as url:
        project = project_of(kind, tmp_path, url, mode=mode, driver=driver, ci=ci)
        project.autogenerate("create tables")
        on_a_branch(project)
        project.run("upgrade", "head")
        add_a_model(project)
        project.autogenerate("add invoices")
        project.run("downgrade", "base")
        commit(project.path)
        assert first_failure(project) == ""


def test_change_of_a_table_in_use_passes_as_autogenerate_writes_it(tmp_path: Path) -> None:
    with database("postgresql+psycopg", tmp_path) as url:
        project = new_project(tmp_path, url, driver="postgresql+psycopg", ci="github")
        customer = project.models / "customer.py"
        before = customer.read_text()
        column = "    {}: Mapped[int{}] = mapped_column({})\n"
        goes = "    points: Mapped[str] = mapped_column(index=True)\n"
        customer.write_text(before + goes)
        project.autogenerate("create tables")
        on_a_branch(project)
        project.run("upgrade", "head")
        new = column.format("visits", "", "index=True") + column.format(
            "one", " | None", "unique=True"
        )
        customer.write_text(
            before.replace("active: Mapped[bool]", "active: Mapped[bool | None]") + new
        )
        assert customer.read_text().count("| None") == 2
        project.autogenerate("change customers")
        for file in project.change:
            text = file.read_text()
            file.write_text(re.sub(r"# (op\.backfill\(.*): \.\.\.", r"\1: '1'", text))
        project.run("downgrade", "base")
        commit(project.path)
        assert first_failure(project) == ""


@pytest.mark.parametrize(
    ("ci", "driver"), [("github", "mysql+pymysql"), ("gitlab", "postgresql+psycopg")]
)
def test_every_command_runs_with_a_database_for_each_tenant(
    ci: str, driver: str, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, driver=driver, ci=ci, tenants="databases")
        project.autogenerate("create tables")
        on_a_branch(project)
        add_a_model(project)
        project.run("upgrade", "head")
        project.autogenerate("add invoices")
        project.run("downgrade", "base")
        commit(project.path)
        assert first_failure(project) == ""


def test_every_command_runs_with_tenants_too(tmp_path: Path) -> None:
    with tenants_project(tmp_path, "tenant_a", ci="github") as project:
        for history in (project.migrations / "versions").rglob("*.py"):
            history.unlink()
        project.autogenerate("create tables")
        on_a_branch(project)
        project.run("upgrade", "head")
        add_a_model(project)
        project.autogenerate("add invoices")
        project.run("downgrade", "base")
        commit(project.path)
        assert first_failure(project) == ""


def test_github_and_gitlab_run_the_same(tmp_path: Path) -> None:
    github, gitlab = (
        new_project(tmp_path / ci, driver="postgresql+psycopg", ci=ci) for ci in UPDATE
    )
    merged, base = (
        '$(git merge-base HEAD "origin/$GITHUB_BASE_REF")',
        "$CI_MERGE_REQUEST_DIFF_BASE_SHA",
    )
    expected = [command.replace(merged, base) for command in commands(github)]
    assert [each for each in commands(gitlab) if not each.startswith("git fetch")] == expected
    assert "alembic check" in expected


# --- Each fails when it should ------------------------------------------------------------------

TABLE = 'op.create_table("t", sa.Column("a", sa.Integer()))'


def two_heads(project: Project) -> None:
    parent = project.scripts().get_current_head()
    revise(project)
    revise(project, head=parent, splice=True)


def upgrade_that_fails(project: Project) -> None:
    revise(project, 'op.execute("SELECT nonsense")')


def model_without_a_revision(project: Project) -> None:
    add_a_model(project)


def downgrade_that_is_refused(project: Project) -> None:
    revise(project, downgrade="raise NotImplementedError")


def edited_revision(project: Project) -> None:
    (landed,) = project.revisions
    landed.write_text(f"{landed.read_text()}\n# edited\n")


def conflict_of_an_update(project: Project) -> None:
    marker = "<<<<<<< before updating\n=======\n>>>>>>> after updating\n"
    (project.path / "README.md").write_text(marker)


def rejected_part_of_an_update(project: Project) -> None:
    (project.path / "README.md.rej").write_text("@@ -1 +1 @@\n")


@pytest.mark.parametrize(
    ("break_it", "command"),
    [
        (conflict_of_an_update, "if git grep "),
        (rejected_part_of_an_update, "if git grep "),
        (two_heads, "alembic show head\n"),
        (upgrade_that_fails, "alembic upgrade head\n"),
        (model_without_a_revision, "alembic check\n"),
        (downgrade_that_is_refused, "alembic downgrade base\n"),
        (edited_revision, "pytest tests/test_migrations.py\n"),
    ],
)
def test_command_fails_when_it_should(
    break_it: Callable[[Project], None], command: str, tmp_path: Path
) -> None:
    project = new_project(tmp_path, ci="github")
    project.autogenerate("create tables")
    on_a_branch(project)
    break_it(project)
    commit(project.path)
    assert first_failure(project).startswith(command)


def test_what_a_downgrade_leaves_behind_is_found(tmp_path: Path) -> None:
    project = project_of("existing", tmp_path, ci="github")
    project.autogenerate("create tables")
    revise(project, TABLE)
    models = project.models / "t.py"
    models.write_text(
        "from sqlalchemy import Column, Integer, Table\n\n"
        "from my_app.db import Base\n\n"
        't = Table("t", Base.metadata, Column("a", Integer))\n'
    )
    on_a_branch(project)
    failure = first_failure(project)
    assert failure.startswith("alembic upgrade head\n")
    assert "table t already exists" in failure


@pytest.mark.parametrize("ci", template.choices("ci")[1:])
def test_what_cannot_run_beside_the_target_branch_s_code_is_found(ci: str, tmp_path: Path) -> None:
    with database("mysql+pymysql", tmp_path) as url:
        project = project_of("existing", tmp_path, url, driver="mysql+pymysql", ci=ci)
        project.autogenerate("create tables")
        on_a_branch(project)
        new = revise(project)
        text = new.read_text()
        new.write_text(f"{text}\ncontract = True\nexpand = True\n")
        commit(project.path)
        assert "(by hand) can't run beside the old code" in first_failure(project)
        new.write_text(f"{text}\ncontract = True\n")
        commit(project.path)
        project.run("downgrade", "base")
        assert first_failure(project) == ""


# --- Squawk on the new revisions ------------------------------------------------------------------

INDEX = 'op.create_index("ix", "of_before", ["a"])'
CONCURRENT = """with op.get_context().autocommit_block():
        op.create_index("ix_new", "t", ["a"], postgresql_concurrently=True)
        op.execute("ALTER INDEX ix_new RENAME TO ix")
        op.execute("ALTER TABLE t RENAME CONSTRAINT t_pkey TO pk")
        op.alter_column("t", "a", nullable=True)"""
DROPPED = 'op.drop_column("t", "a")'


@pytest.fixture(params=template.choices("ci")[1:])
def with_a_table(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """Render a project on PostgreSQL with a first revision: Squawk needs no server."""
    project = new_project(tmp_path, driver="postgresql+psycopg", ci=request.param)
    revise(project, TABLE)
    return project


def squawk(project: Project) -> str:
    """Run the commands for Squawk, and return what they find."""
    commit(project.path)
    *_, command = commands(project)
    result = run(project, command)
    assert (result.returncode != 0) == ("warning" in result.stdout), result.stdout
    return result.stdout


def test_new_revision_that_locks_a_table_is_found(with_a_table: Project) -> None:
    on_a_branch(with_a_table)
    revise(with_a_table, INDEX)
    assert "require-concurrent-index-creation" in squawk(with_a_table)


def test_new_revision_that_drops_is_found_unless_it_says_so(with_a_table: Project) -> None:
    on_a_branch(with_a_table)
    new = revise(with_a_table, DROPPED)
    assert "ban-drop-column" in squawk(with_a_table)
    new.write_text(new.read_text().replace(DROPPED, page("python").strip()))
    assert "warning" not in squawk(with_a_table)


def test_new_revision_that_locks_nothing_passes(with_a_table: Project) -> None:
    on_a_branch(with_a_table)
    revise(with_a_table, CONCURRENT)
    assert "warning" not in squawk(with_a_table)


def test_revision_that_landed_before_is_not_judged_again(with_a_table: Project) -> None:
    revise(with_a_table, INDEX)
    on_a_branch(with_a_table)
    assert "warning" not in squawk(with_a_table)
    revise(with_a_table)
    assert "warning" not in squawk(with_a_table)


def test_new_revision_of_each_history_is_judged(tmp_path: Path) -> None:
    with tenants_project(tmp_path, ci="gitlab") as project:
        on_a_branch(project)
        own(project, 2, 'op.execute("SELECT 1")')
        assert "warning" not in squawk(project)
        own(project, 3, 'op.create_index("ix", "customer", ["plan_id"])')
        assert "require-concurrent-index-creation" in squawk(project)
        (project.migrations / "versions" / "t3.py").unlink()
        shared = project.migrations / "versions" / "shared" / "s2.py"
        new = OWN.format(
            number="s2", down="s1", labels=None, statement="pass", undo="pass"
        ).replace("LOG)", '"ALTER TABLE shared.plan DROP id")')
        shared.write_text(new)
        assert "ban-drop-column" in squawk(project)


def test_first_revisions_are_judged_where_the_target_has_no_migrations(
    with_a_table: Project,
) -> None:
    folder = with_a_table.path.with_name("later")
    with_a_table.path.rename(folder)
    with_a_table.path.mkdir()
    on_a_branch(with_a_table)
    shutil.copytree(folder, with_a_table.path, dirs_exist_ok=True)
    assert "warning" not in squawk(with_a_table)
    revise(with_a_table, INDEX)
    assert "require-concurrent-index-creation" in squawk(with_a_table)


# --- Is an update waiting? ----------------------------------------------------------------------


@pytest.mark.parametrize("ci", template.choices("ci")[1:])
@pytest.mark.parametrize("answers_file", [".copier-answers.yml", ".copier-answers.alembic.yml"])
def test_scheduled_job_fails_when_an_update_is_waiting(
    answers_file: str, ci: str, tmp_path: Path
) -> None:
    repository, folder = tmp_path / "template", tmp_path / "my-app"
    repository.mkdir()
    release(repository, "1.0.0")
    arguments = ["--defaults", "--data", f"ci={ci}", "--answers-file", answers_file]
    assert copier("copy", *arguments, str(repository), str(folder), cwd=tmp_path).returncode == 0
    project = on_a_branch(Project(folder, {"ci": ci, "layout": "src", "package": "my_app"}))
    told, failing = "\n".join(job_commands(project, UPDATE[ci])).splitlines()
    assert run(project, told).stdout == "Project is up-to-date!\n"
    assert run(project, failing).returncode == 0
    release(repository, "2.0.0")
    assert "latest version is 2.0.0" in run(project, told).stdout
    assert run(project, failing).returncode == 2


# --- Their form ---------------------------------------------------------------------------------


def actionlint(project: Project) -> str:
    """Return what actionlint finds in the workflows, and shellcheck in their commands."""
    git(project.path, "init", "--quiet")  # it looks for a workflow that is called in a repository
    linters = [f"{SCRIPTS}/actionlint", f"-shellcheck={SCRIPTS}/shellcheck", "-no-color"]
    result = subprocess.run(linters, cwd=project.path, capture_output=True, text=True, check=False)
    assert result.returncode == bool(result.stdout), result.stderr
    return result.stdout


def zizmor(project: Project) -> str:
    """Return what zizmor finds in all that it knows of the project."""
    command = [f"{SCRIPTS}/zizmor", "--offline", "--quiet", "--no-config", "--collect=all"]
    result = subprocess.run([*command, project.path], capture_output=True, text=True, check=False)
    assert result.returncode in (0, 3, 11, 12, 13, 14), result.stderr
    assert (result.returncode == 3) == ("no inputs collected" in result.stderr)
    return result.stdout if result.returncode > 3 else ""


def schema(name: str, *files: Path) -> str:
    """Return where files are not as the schema says."""
    command = [f"{SCRIPTS}/check-jsonschema", f"--builtin-schema=vendor.{name}"]
    result = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
    assert result.returncode in (0, 1), result.stderr
    return "" if result.returncode == 0 else result.stdout


@pytest.mark.parametrize(("mode", "driver"), template.MODES_AND_DRIVERS, ids=str)
@pytest.mark.parametrize("kind", template.choices("project"))
def test_actionlint_and_zizmor_find_nothing(
    kind: str, mode: str, driver: str, tmp_path: Path
) -> None:
    project = new_project(tmp_path, project=kind, mode=mode, driver=driver, ci="github")
    assert actionlint(project) == ""
    assert zizmor(project) == ""
    # What it is told to leave out in one file, the other has.
    image = load(project, CALLER)["jobs"]["migrations"]["with"].get("image", "sqlite:3")
    assert re.search(r":\d", image)
    for service in load(project, WORKFLOW)["jobs"]["migrations"].get("services", {}).values():
        assert "--health-cmd" in service["options"]


@pytest.mark.parametrize("ci", [ci for ci in template.choices("ci") if ci != "github"])
@pytest.mark.parametrize("kind", template.choices("project"))
def test_zizmor_has_nothing_to_look_at_elsewhere(kind: str, ci: str, tmp_path: Path) -> None:
    project = new_project(tmp_path, None, project=kind, ci=ci, deployment="compose")
    assert zizmor(project) == ""
    assert not (project.path / ".github").exists()


@pytest.mark.parametrize(
    ("sound", "broken", "complaint"),
    [
        (r"@[0-9a-f]{40}", "@v7", "unpinned-uses"),
        ("persist-credentials: false", "fetch-tags: true", "artipacked"),
        (r'eval "\$INSTALL_COMMAND"', "${{ inputs.install }}", "template-injection"),
        (r"# zizmor: .*", "", "unpinned-images"),
    ],
)
def test_zizmor_finds_what_is_unsafe(
    sound: str, broken: str, complaint: str, tmp_path: Path
) -> None:
    project = new_project(tmp_path, driver="postgresql+psycopg", ci="github")
    workflow = project.path / WORKFLOW
    workflow.write_text(re.sub(sound, broken, workflow.read_text(), count=1))
    assert complaint in zizmor(project)


@pytest.mark.parametrize(
    ("script", "code", "printed"),
    [
        ("echo one\necho two\n", 0, "one\ntwo\n"),
        ("echo one\nfalse\necho two", 1, "one\n"),
        ("""echo "$(echo 'a  b')" '$(c)' && echo d""", 0, "a  b $(c)\nd\n"),
        ('echo A=1 >> "$GITHUB_ENV"\ncat "$GITHUB_ENV"', 0, "A=1\n"),
    ],
)
def test_installation_may_be_any_script(
    script: str, code: int, printed: str, tmp_path: Path
) -> None:
    project = new_project(tmp_path, ci="github")
    steps = load(project, WORKFLOW)["jobs"]["migrations"]["steps"]
    (step,) = [each for each in steps if "INSTALL_COMMAND" in each.get("env", {})]
    assert step["env"] == {"INSTALL_COMMAND": "${{ inputs.install }}"}
    given = {"INSTALL_COMMAND": script, "GITHUB_ENV": str(tmp_path / "env")}
    command = [*SHELLS["github"], "-c", step["run"]]
    result = subprocess.run(command, env=given, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (code, printed)


def shellcheck(*scripts: str) -> str:
    """Return what shellcheck finds in scripts that GitLab runs."""
    command = [f"{SCRIPTS}/shellcheck", "--shell=bash", "-"]
    script = "\n".join(scripts)
    result = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    assert result.returncode == bool(result.stdout), result.stderr
    return result.stdout


@pytest.mark.parametrize("kind", template.choices("project"))
@pytest.mark.parametrize(
    ("driver", "tenants"),
    [
        ("sqlite+pysqlite", "none"),
        ("postgresql+psycopg", "none"),
        ("postgresql+psycopg", "schemas"),
    ],
)
def test_shellcheck_finds_nothing_in_gitlab_s_commands(
    driver: str, tenants: str, kind: str, tmp_path: Path
) -> None:
    project = new_project(tmp_path, project=kind, driver=driver, tenants=tenants, ci="gitlab")
    jobs = [job for job in load(project, PIPELINE).values() if "script" in job]
    assert len(jobs) == (3 if driver.startswith("postgresql") else 2)
    for job in jobs:
        assert shellcheck(*job["script"]) == ""
    assert "SC2086" in shellcheck("git worktree add $CI_MERGE_REQUEST_DIFF_BASE_SHA")


def test_actionlint_finds_an_input_that_is_not_there(tmp_path: Path) -> None:
    project = new_project(tmp_path, ci="github")
    caller = project.path / CALLER
    caller.write_text(caller.read_text().replace("python:", "pyton:"))
    assert 'input "pyton" is not defined' in actionlint(project)


def test_gitlab_s_schema_finds_nothing(tmp_path: Path) -> None:
    answers = [
        {"project": kind, "mode": mode, "driver": driver}
        for kind in template.choices("project")
        for mode, driver in template.MODES_AND_DRIVERS
    ]
    projects = [
        new_project(tmp_path / str(number), None, ci="gitlab", **each)
        for number, each in enumerate(answers)
    ]
    files = [file for each in projects for file in each.path.glob(".gitlab*/*.yml")]
    files += [file for each in projects for file in each.path.glob(".gitlab-ci.yml")]
    assert len(files) == len(projects) * 3 / 2
    assert schema("gitlab-ci", *files) == ""
    files[0].write_text(files[0].read_text().replace("  script:", "  scripts:"))
    assert "scripts" in schema("gitlab-ci", *files)


@pytest.mark.parametrize("ci", template.choices("ci"))
def test_no_jinja_is_left_and_no_blank_line_at_an_end(ci: str, tmp_path: Path) -> None:
    project = new_project(tmp_path, driver="postgresql+psycopg", ci=ci)
    files = [*project.path.glob(".git*/**/*.yml"), *project.path.glob(".gitlab-ci.yml")]
    assert len(files) == (0 if ci == "none" else 2)
    for file in files:
        text = file.read_text()
        assert not re.search(r"(?<!\$)\{\{|\{%|\{#", text)
        assert text == text.strip("\n") + "\n"


# --- Whose they are -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ci", "ours", "users"),
    [("github", WORKFLOW, CALLER), ("gitlab", PIPELINE, ".gitlab-ci.yml")],
)
def test_update_renders_the_checks_again_and_keeps_what_calls_them(
    ci: str, ours: str, users: str, tmp_path: Path
) -> None:
    repository = tmp_path / "template"
    repository.mkdir()
    template.copy_to(repository)
    for file in repository.glob("template/*git*/**/*.jinja"):
        file.write_text(f"{file.read_text()}# This line was removed in 2.0.0.\n")
    commit(repository)
    git(repository, "tag", "1.0.0")
    release(repository, "2.0.0")
    project = started(repository, "1.0.0", tmp_path, ci=ci)
    assert "Rendered by copier-alembic, again by each" in (project.path / ours).read_text()
    assert (project.path / ours).read_text().endswith("in 2.0.0.\n")
    (project.path / users).write_text("# My own.\n")
    commit(project.path)
    update(project)
    commit(project.path)
    assert not (project.path / ours).read_text().endswith("in 2.0.0.\n")
    assert (project.path / users).read_text() == "# My own.\n"


def test_ci_can_be_chosen_later_and_given_up(tmp_path: Path) -> None:
    project = started(released(), "1.0.0", tmp_path)
    before = git(project.path, "ls-files")
    for ci, files in (("github", {WORKFLOW, CALLER}), ("gitlab", {PIPELINE}), ("none", set())):
        update(project, {"ci": ci})
        commit(project.path)
        assert {*git(project.path, "ls-files").split()} == {*before.split(), *files}


def test_pipeline_of_the_user_stays_when_ci_is_given_up(tmp_path: Path) -> None:
    project = started(released(), "1.0.0", tmp_path, ci="gitlab")
    pipeline = project.path / ".gitlab-ci.yml"
    pipeline.write_text("# My own.\n")
    commit(project.path)
    update(project, {"ci": "none"})
    assert pipeline.read_text() == "# My own.\n"
    assert not (project.path / PIPELINE).exists()


def test_existing_project_is_told_what_to_include(tmp_path: Path) -> None:
    answers = ["--data", "project=existing", "--data", "package=my_app", "--data", "ci=gitlab"]
    result = copier("copy", "--defaults", *answers, released(), "my-app", cwd=tmp_path)
    assert result.returncode == 0
    assert "include: .gitlab/migrations.yml" in result.stderr


# --- docs/ci.md ---------------------------------------------------------------------------------


def page(language: str, heading: str = "") -> str:
    """Return the one block of this language in docs/ci.md, or below a heading of it."""
    text = sections("ci.md")[heading] if heading else (DOCS / "ci.md").read_text()
    (found,) = [block for name, block in blocks(text) if name == language]
    return found


def pre_commit(project: Project, home: Path) -> str:
    """Run pre-commit on all files, and return the ids of the hooks that fail."""
    git(project.path, "add", "--all")
    result = subprocess.run(
        [f"{SCRIPTS}/pre-commit", "run", "--all-files"],
        cwd=project.path,
        env=environment(project) | {"PRE_COMMIT_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    failed = " ".join(re.findall(r"^- hook id: (.*)$", result.stdout, re.MULTILINE))
    assert bool(result.returncode) == bool(failed), result.stdout + result.stderr
    return failed


def test_hooks_for_pre_commit_find_two_heads_and_conflicts(tmp_path: Path) -> None:
    project = new_project(tmp_path, ci="github")
    (project.path / ".pre-commit-config.yaml").write_text(page("yaml", "Before each commit"))
    project.autogenerate("create tables")
    on_a_branch(project)
    assert pre_commit(project, tmp_path) == ""
    for break_it, hook in (
        (two_heads, "one-head"),
        (conflict_of_an_update, "no-conflict"),
        (rejected_part_of_an_update, "no-rejected-part"),
    ):
        break_it(project)
        assert pre_commit(project, tmp_path) == hook
        git(project.path, "reset", "--quiet", "--hard")


PINS = "The versions of the actions"


def test_what_keeps_dependabot_and_renovate_off_is_their_configuration(tmp_path: Path) -> None:
    dependabot = tmp_path / ".github" / "dependabot.yml"
    dependabot.parent.mkdir()
    dependabot.write_text(page("yaml", PINS))
    assert schema("dependabot", dependabot) == ""
    assert zizmor(Project(tmp_path, {})) == ""
    (update,) = yaml.safe_load(page("yaml", PINS))["updates"]
    assert update["exclude-paths"] == [WORKFLOW]

    renovate = tmp_path / "renovate.json"
    (rules,) = re.findall(r'`("packageRules": .*)`', sections("ci.md")[PINS])
    renovate.write_text(f"{{{rules}}}")
    assert schema("renovate", renovate) == ""
    assert WORKFLOW in rules
    renovate.write_text(renovate.read_text().replace("false", "0"))
    assert "enabled" in schema("renovate", renovate)


@pytest.mark.parametrize("same", [True, False])
def test_update_meets_a_newer_action(same: bool, tmp_path: Path) -> None:  # noqa: FBT001 # a case
    repository = tmp_path / "template"
    repository.mkdir()
    template.copy_to(repository)
    macros = repository / "macros" / "ci.jinja"
    action = r"actions/checkout@\w{40} # v[\d.]+"
    (newer,) = re.findall(action, macros.read_text())
    older, newest = (f"actions/checkout@{digit * 40} # v{digit}.0.0" for digit in "19")
    macros.write_text(macros.read_text().replace(newer, older))
    commit(repository)
    git(repository, "tag", "1.0.0")
    release(repository, "2.0.0")
    project = on_a_branch(started(repository, "1.0.0", tmp_path, ci="github"))
    workflow = project.path / WORKFLOW
    bumped = workflow.read_text().replace(older, newer if same else newest)
    workflow.write_text(bumped)
    commit(project.path)
    no_conflict, *_ = commands(project)
    update(project)
    commit(project.path)
    assert (newer in workflow.read_text(), run(project, no_conflict).returncode) == (True, not same)


def test_renovate_s_configuration_is_one_and_its_command_updates(tmp_path: Path) -> None:
    configuration = tmp_path / "renovate.json"
    configuration.write_text(page("json"))
    assert schema("renovate", configuration) == ""
    configuration.write_text(json.dumps(json.loads(page("json")) | {"enabledManagers": "copier"}))
    assert "enabledManagers" in schema("renovate", configuration)

    repository = tmp_path / "template"
    repository.mkdir()
    release(repository, "1.0.0")
    project = started(repository, "1.0.0", tmp_path)
    release(repository, "2.0.0")
    (command,) = re.findall(r"`copier (update --skip-answered .*?)`", (DOCS / "ci.md").read_text())
    result = copier(*command.split(), cwd=project.path)
    assert result.returncode == 0, result.stderr
    assert load(project, ".copier-answers.yml")["_commit"] == "2.0.0"
