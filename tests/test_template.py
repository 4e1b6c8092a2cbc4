"""The template as a user sees it: which files the answers give."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from pytest_copie.plugin import Copie

from support import repositories, template

MIGRATIONS = {
    *("README.md", "__main__.py", "autogenerate.py", "contract.py", "database.py", "durations.py"),
    *("env.py", "heads.py", "hooks.py", "replaced.py", "script.py.mako", "unknown.py"),
}


ROOMS = {  # of the comparison
    *("__init__.py", "column_types.py", "drops.py", "implementation.py", "models.py", "names.py"),
    *("operations.py", "required.py", "revision.py", "spelling.py", "twins.py"),
}
MYSQL = {
    *("asking.py", "checks.py", "generated.py", "keys.py", "order.py", "schemas.py"),
    *("mysql.py", "mysql_columns.py", "mysql_foreign_keys.py", "mysql_index_parts.py"),
    *("mysql_indexes.py", "mysql_needed_indexes.py", "mysql_order.py", "mysql_primary_keys.py"),
    *("mysql_asked.py", "mysql_online.py"),
}
ROOMS_OF = {
    "sqlite+pysqlite": {
        *("asking.py", "checks.py", "generated.py", "unique.py", "sqlite.py", "sqlite_batches.py"),
        *("sqlite_create_table.py", "sqlite_indexes.py"),
        *("sqlite_rebuild.py", "sqlite_rebuild_columns.py", "sqlite_rebuild_constraints.py"),
        *("sqlite_rebuild_table.py", "sqlite_statements.py", "sqlite_tables.py"),
        "sqlite_tokens.py",
    },
    "postgresql+psycopg": {
        *("asking.py", "checks.py", "generated.py", "keys.py", "order.py", "schemas.py"),
        "unique.py",
        *("postgresql.py", "postgresql_asking.py", "postgresql_casts.py", "postgresql_changes.py"),
        *("postgresql_columns.py", "postgresql_constraint_changes.py", "postgresql_constraints.py"),
        "postgresql_contract.py",
        *("postgresql_defaults.py", "postgresql_definitions.py", "postgresql_dependents.py"),
        *("postgresql_details.py", "postgresql_domains.py", "postgresql_enums.py"),
        *("postgresql_extensions.py", "postgresql_indexes.py", "postgresql_keys.py"),
        *("postgresql_locks.py", "postgresql_online.py", "postgresql_outside.py"),
        *("postgresql_phases.py", "postgresql_recreate.py", "postgresql_recreate_types.py"),
        "postgresql_renames.py",
        *("postgresql_refusals.py", "postgresql_refused.py", "postgresql_safe.py"),
        *("postgresql_sequences.py", "postgresql_serial.py"),
        *("postgresql_types.py", "postgresql_ways.py"),
    },
    "mysql+pymysql": MYSQL,
    "mariadb+mariadbconnector": MYSQL,
    "mssql+pyodbc": {"mssql.py", "order.py"},
    "oracle+oracledb": {"oracle.py", "order.py"},
}
WAITING = {
    *(
        "backfill.py",
        "bar.py",
        "batches.py",
        "failures.py",
        "lock.py",
        "lock_timeout.py",
        "retries.py",
    ),
}
WAITING_OF: dict[str, set[str]] = {
    "sqlite+pysqlite": {"backfill.py"},
    "postgresql+psycopg": {
        *WAITING,
        *("concurrently.py", "not_valid.py", "pooler.py", "progress.py", "sql_script.py"),
    },
    "mysql+pymysql": {*WAITING, "lock_clause.py", "resume.py"},
    "mssql+pyodbc": set(),
    "oracle+oracledb": set(),
}
TENANTS = {
    *("changing.py", "comparing.py", "histories.py", "history_models.py", "new_tenant.py"),
    *("one_tenant.py", "search_path.py", "tenants.py", "version_tables.py"),
}
EACH_TENANT = {"each_tenant.py", "outcome.py", "report.py", "selection.py", "workers.py"}


TOOLS = {"environment.py", "status.py"}
SCRATCH = {"catalogue.py", "rehearse.py", "scratch.py", "squash.py", "which.py"}
TOOLS_OF = {
    "sqlite+pysqlite": SCRATCH,
    "postgresql+psycopg": {*SCRATCH, "postgresql_status.py", "postgresql_watch.py"},
    "mysql+pymysql": {*SCRATCH, "mysql_status.py"},
    "mssql+pyodbc": set[str](),
}


IN_PACKAGE = ("commands.py",)


Tree = Callable[..., set[str]]


@pytest.fixture(scope="session")
def tree(copie_session: Copie) -> Tree:
    """Return what gives the files of these answers; pytest-copie keeps an exception to itself."""

    @cache
    def tree(repository: Path | None = None, **answers: str) -> set[str]:
        answers = {"package": "my_app", **answers}
        result = copie_session.copy(answers, repository or repositories.released())
        if result.exception:
            raise result.exception
        project = result.project_dir
        assert project
        files = (path for path in project.rglob("*") if path.is_file())
        return {path.relative_to(project).as_posix() for path in files}

    return tree


def below(folder: str, *names: str) -> set[str]:
    return {Path(folder, name).as_posix() for name in names}


def test_default_answers_give_the_whole_tree(tree: Tree) -> None:
    assert tree(template.ROOT) == {
        ".copier-answers.yml",
        ".env.example",
        ".gitignore",
        "README.md",
        "alembic.ini",
        "pyproject.toml",
        "tests/test_migrations.py",
        *below("src/my_app", "__init__.py", "db.py"),
        *below("src/my_app/models", "__init__.py", "customer.py", "purchase.py"),
        *below("src/my_app/migrations", *MIGRATIONS, *IN_PACKAGE, "versions/.gitkeep"),
        *below("src/my_app/migrations", "backfill.py", "rebuild.py", "transactions.py"),
        *below("src/my_app/migrations/comparison", *ROOMS, *ROOMS_OF["sqlite+pysqlite"]),
        *below("src/my_app/migrations/tools", *TOOLS, *TOOLS_OF["sqlite+pysqlite"], "rebase.py"),
    }


@pytest.mark.parametrize("driver", ROOMS_OF)
def test_comparison_has_what_the_database_needs_and_nothing_of_others(
    driver: str, tree: Tree
) -> None:
    folder = "src/my_app/migrations/comparison/"
    there = {file for file in tree(driver=driver) if file.startswith(folder)}
    assert there == below(folder, *ROOMS, *ROOMS_OF[driver])


@pytest.mark.parametrize("driver", WAITING_OF)
def test_lock_and_its_limits_have_the_files_that_the_database_needs(
    driver: str, tree: Tree
) -> None:
    files = below("src/my_app/migrations", *set().union(*WAITING_OF.values()))
    needed = below("src/my_app/migrations", *WAITING_OF[driver])
    assert tree(driver=driver) & files == needed


def test_tenants_bring_their_files(tree: Tree) -> None:
    driver = "postgresql+psycopg"
    without, there = tree(driver=driver), tree(driver=driver, tenants="schemas")
    assert there - without == below("src/my_app/migrations", *TENANTS, *EACH_TENANT)
    tools = below("src/my_app/migrations/tools", *TOOLS, *TOOLS_OF[driver])
    assert without - there == tools
    for each in (driver, "mysql+pymysql", "sqlite+pysqlite"):
        without, there = tree(driver=each), tree(driver=each, tenants="databases")
        files = below("src/my_app/migrations", "databases.py", "in_use.py", *EACH_TENANT)
        assert there - without == files
        tools = below("src/my_app/migrations/tools", *TOOLS, *TOOLS_OF[each])
        assert without - there == tools


@pytest.mark.parametrize("driver", TOOLS_OF)
def test_commands_are_those_that_the_database_has(driver: str, tree: Tree) -> None:
    folder = "src/my_app/migrations/tools/"
    there = {file for file in tree(driver=driver) if file.startswith(folder)}
    assert there == below(folder, "rebase.py", *TOOLS, *TOOLS_OF[driver])


@pytest.mark.parametrize("models", template.choices("models"))
def test_starters_have_the_same_files(models: str, tree: Tree) -> None:
    assert tree(models=models) == tree()


def test_flat_layout_has_no_src(tree: Tree) -> None:
    files = tree(layout="flat")
    assert {"my_app/db.py", "my_app/migrations/env.py"} < files
    assert not [file for file in files if file.startswith("src/")]


def test_migrations_at_the_root_stand_beside_the_configuration(tree: Tree) -> None:
    files = tree(placement="root", directory="alembic")
    assert below("alembic", *MIGRATIONS, "versions/.gitkeep") < files
    assert not [file for file in files if "migrations/" in file or file.endswith(IN_PACKAGE)]


def test_compose_brings_its_files_to_a_new_project(tree: Tree) -> None:
    brought = {".dockerignore", "Dockerfile", "compose.yaml"}
    assert tree(deployment="compose") - tree() == brought
    existing = tree(project="existing")
    assert tree(project="existing", deployment="compose") == existing


def test_configuration_in_pyproject_needs_no_ini(tree: Tree) -> None:
    assert "alembic.ini" not in tree(config="pyproject.toml")


@pytest.mark.parametrize("placement", ["package", "root"])
@pytest.mark.parametrize("project", ["new", "existing"])
def test_migrations_directory_is_never_a_package(project: str, placement: str, tree: Tree) -> None:
    files = tree(project=project, placement=placement, directory="alembic")
    assert not [file for file in files if file.endswith("alembic/__init__.py")]
