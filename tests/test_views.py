"""Views, functions, triggers and policies: the libraries of `docs/views.md`, in the circle."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from support.contents import contents
from support.databases import database
from support.migrations import Project, new_project
from support.pages import follow, sections
from support.template import ON_MYSQL

PAGE = sections("views.md")
VIEWS = PAGE["Views, functions and triggers on PostgreSQL"]
POSTGRESQL = [("sync", "postgresql+psycopg"), ("async", "postgresql+asyncpg")]


def run(project: Project, *arguments: str) -> str:
    """Run a command in a process of its own: the libraries register themselves in Alembic."""
    result = project.cli(*arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def go_the_circle(project: Project, message: str) -> list[str]:
    """Autogenerate, go up, down and up, with check silent. Returns what the upgrades do."""
    assert project.url
    before, there = contents(project.url, in_order=False), set(project.revisions)
    run(project, "revision", "--autogenerate", "-m", message)
    revisions = [each for each in project.revisions if each not in there]
    run(project, "upgrade", "head")
    after = contents(project.url, in_order=False)
    assert after != before
    assert "No new upgrade operations" in run(project, "check")
    run(project, "downgrade", f"-{len(revisions)}")
    assert contents(project.url, in_order=False) == before
    run(project, "upgrade", "head")
    assert contents(project.url, in_order=False) == after
    return [each.read_text().partition("def downgrade")[0] for each in revisions]


def customer(project: Project) -> str:
    """Return a model of the starter."""
    return (project.models / "customer.py").read_text()


def changes(project: Project, name: str) -> Callable[[str, str], None]:
    """Return what replaces text in a file of the project's package."""
    file = project.models.parent / name

    def change(old: str, new: str) -> None:
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))

    return change


@pytest.mark.parametrize(("mode", "driver"), POSTGRESQL, ids=str)
def test_views_functions_and_triggers_of_the_page_are_compared_on_postgresql(
    mode: str, driver: str, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, mode=mode, driver=driver)
        follow(VIEWS, project)
        if mode == "async":
            return
        change = changes(project, "models/customer_view.py")
        change('label("mail")', 'label("address"), Customer.active')
        change("lower(NEW", "upper(NEW")
        change("Trigger.before(", "Trigger.after(")
        (said,) = go_the_circle(project, "change them")
        assert re.findall(r"(?:CREATE|DROP) (?:OR REPLACE )?(\w+)", said) == [
            *("VIEW", "VIEW", "FUNCTION", "TRIGGER")
        ]
        # The view changes before the column goes that it showed.
        change(", Customer.active", "")
        column = next(each for each in customer(project).splitlines() if "active:" in each)
        changes(project, "models/customer.py")(column, "")
        view, column = go_the_circle(project, "show less")
        assert "CREATE VIEW" in view
        assert "op.drop_column(" in column
        change("register_trigger(Base, trigger.for_each_row())\n", "")
        change('register_view(Base, View("customer_address", address))\n', "")
        (said,) = go_the_circle(project, "drop them")
        assert "DROP TRIGGER" in said
        assert "DROP VIEW customer_address" in said


def test_policy_of_the_page_is_compared(tmp_path: Path) -> None:
    driver = "postgresql+psycopg"
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, driver=driver)
        run(project, "revision", "--autogenerate", "-m", "create tables")
        run(project, "upgrade", "head")
        follow(PAGE["Policies on PostgreSQL"], project)
        run(project, "revision", "--autogenerate", "-m", "add a policy")
        run(project, "upgrade", "head")
        changes(project, "policies.py")("current_user", "session_user")
        assert "op.replace_entity(" in go_the_circle(project, "change it")[0]
        changes(project, "migrations/hooks.py")("register_entities([own]", "register_entities([]")
        assert "op.drop_entity(" in go_the_circle(project, "drop it")[0]


@pytest.mark.parametrize("driver", ["mysql+pymysql", f"mysql+pymysql{ON_MYSQL}"])
def test_functions_and_triggers_of_the_page_are_compared_on_mysql(
    driver: str, tmp_path: Path
) -> None:
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, driver=driver.removesuffix(ON_MYSQL))
        follow(PAGE["Functions and triggers on MySQL and MariaDB"], project)
        change = changes(project, "models/customer_function.py")
        if driver.endswith(ON_MYSQL):
            change("bigint(20)", "bigint")
        run(project, "revision", "--autogenerate", "-m", "add them")
        run(project, "upgrade", "head")
        change("n * 2", "n * 3")
        change("register_trigger(Base, trigger)", "")
        (said,) = go_the_circle(project, "change one, drop the other")
        assert "CREATE FUNCTION" in said
        assert "DROP TRIGGER" in said


def test_tenants_with_a_schema_each_have_their_views_by_hand(tmp_path: Path) -> None:
    driver = "postgresql+psycopg"
    with database(driver, tmp_path) as url:
        project = new_project(tmp_path, url, driver=driver, tenants="schemas")
        follow(VIEWS.partition("```console")[0], project)
        run(project, "revision", "--autogenerate", "-m", "create tables")
        (revision,) = project.revisions
        assert "VIEW" not in revision.read_text()
