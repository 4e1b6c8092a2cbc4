"""The workflows are sound, and agree with the questions, pyproject.toml, Makefile and macros."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from support import template
from support.databases import server_of
from support.servers import variable

WORKFLOWS = sorted((template.ROOT / ".github" / "workflows").iterdir())
TESTS = template.ROOT / ".github" / "workflows" / "tests.yml"
JOBS: dict[str, dict[str, Any]] = yaml.safe_load(TESTS.read_text())["jobs"]
PAIRS = [*template.MODES_AND_DRIVERS, *template.MODES_AND_DRIVERS_ON_MYSQL]
DRIVERS = sorted({driver for _, driver in PAIRS})
NEWEST_PYTHON = 14  # the minor version


def steps(job: dict[str, Any], key: str) -> list[Any]:
    """Return what the steps of a job have under this key."""
    return [step[key] for step in job["steps"] if key in step]


def actionlint(workflow: Path) -> str:
    """Return what actionlint finds, and shellcheck in the scripts."""
    scripts = sysconfig.get_path("scripts")
    result = subprocess.run(
        [f"{scripts}/actionlint", f"-shellcheck={scripts}/shellcheck", "-no-color", workflow],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == bool(result.stdout), result.stderr
    return result.stdout


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actionlint_finds_nothing(workflow: Path) -> None:
    assert actionlint(workflow) == ""


@pytest.mark.parametrize(
    ("sound", "broken", "complaint"),
    [
        ("runs-on:", "runs_on:", '"runs_on"'),
        ("matrix.python }}", "matrix.pyton }}", '"pyton" is not defined'),
        ("run: make test\n", "run: make test $ARGS\n", "SC2086"),
    ],
    ids=["syntax", "expression", "script"],
)
def test_actionlint_finds_what_is_broken(
    sound: str, broken: str, complaint: str, tmp_path: Path
) -> None:
    copy = tmp_path / "broken.yml"
    copy.write_text(TESTS.read_text().replace(sound, broken, 1))
    assert complaint in actionlint(copy)


def zizmor(path: Path) -> str:
    """Return what zizmor finds in a workflow or a folder of them."""
    command = [f"{sysconfig.get_path('scripts')}/zizmor", "--offline", "--quiet", "--no-config"]
    result = subprocess.run([*command, path], capture_output=True, text=True, check=False)
    assert result.returncode in (0, 11, 12, 13, 14), result.stderr
    return result.stdout if result.returncode else ""


def test_zizmor_finds_nothing() -> None:
    assert zizmor(template.ROOT / ".github") == ""


@pytest.mark.parametrize(
    ("sound", "broken", "complaint"),
    [
        (
            "uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1",
            "uses: actions/checkout@v7",
            "unpinned-uses",
        ),
        ("persist-credentials: false", "fetch-tags: true", "artipacked"),
        ("run: make test\n", "run: make test ${{ github.head_ref }}\n", "template-injection"),
    ],
)
def test_zizmor_finds_what_is_unsafe(
    sound: str, broken: str, complaint: str, tmp_path: Path
) -> None:
    copy = tmp_path / "broken.yml"
    copy.write_text(TESTS.read_text().replace(sound, broken, 1))
    assert complaint in zizmor(copy)


def test_rendered_workflows_have_the_versions_that_dependabot_keeps_current() -> None:
    pin = r"actions/[\w-]+@[0-9a-f]{40} # v[\d.]+"
    here, rendered = (
        set(re.findall(pin, file.read_text()))
        for file in (TESTS, template.ROOT / "macros/ci.jinja")
    )
    assert len(here) == 2
    assert rendered == here, "take what stands in tests.yml over into macros/ci.jinja"


ISSUE_FORMS = sorted((template.ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


def is_issue_form(*files: Path) -> bool:
    """Tell whether files are what GitHub takes as forms, or as their configuration."""
    kind = "config" if files[0].name == "config.yml" else "forms"
    schema = f"--builtin-schema=vendor.github-issue-{kind}"
    command = [f"{sysconfig.get_path('scripts')}/check-jsonschema", schema, *map(str, files)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode in (0, 1), result.stderr
    return not result.returncode


def test_issue_forms_are_what_github_takes(tmp_path: Path) -> None:
    bug, config, feature = ISSUE_FORMS
    assert is_issue_form(bug, feature)
    assert is_issue_form(config)
    broken = tmp_path / "bug.yml"
    broken.write_text(bug.read_text().replace("label: Answers", "labels: Answers"))
    assert not is_issue_form(broken)


def test_report_of_a_bug_asks_for_what_it_takes_to_see_it() -> None:
    fields = yaml.safe_load(ISSUE_FORMS[0].read_text())["body"]
    required = {f["id"] for f in fields if f.get("validations", {}).get("required")}
    assert required == {"answers", "versions", "command", "expected"}


def make_commands() -> list[str]:
    """Return every call of make in the workflows."""
    return [
        line
        for workflow in WORKFLOWS
        for job in yaml.safe_load(workflow.read_text())["jobs"].values()
        for script in steps(job, "run")
        for line in script.splitlines()
        if line.startswith("make ")
    ]


@pytest.mark.parametrize("command", sorted(set(make_commands())))
def test_make_is_called_with_what_the_makefile_has(command: str) -> None:
    makefile = (template.ROOT / "Makefile").read_text()
    _, target, *variables = shlex.split(command)
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    for each in variables:
        name, _, _ = each.partition("=")
        assert f"$({name})" in makefile


def keywords(command: str) -> list[str]:
    """Return the words of -k in a `make test`, or an empty one, which is in every test's name."""
    variables = dict(word.split("=", 1) for word in shlex.split(command)[2:])
    arguments = shlex.split(variables.get("ARGS", ""))
    return arguments[arguments.index("-k") + 1].split(" or ") if "-k" in arguments else [""]


def runs(job: dict[str, Any], driver: str) -> bool:
    """Tell whether a job runs the driver's tests, and has the server that they need."""
    server = server_of(driver)
    if server != "sqlite" and ("services" not in job or variable(server) not in job["env"]):
        return False
    commands = [script for script in steps(job, "run") if script.startswith("make test")]
    return any(word in driver for command in commands for word in keywords(command))


@pytest.mark.parametrize("driver", DRIVERS)
def test_some_job_runs_the_matrix_with_the_driver(driver: str) -> None:
    assert any(runs(job, driver) for job in JOBS.values())


@pytest.mark.parametrize("name", [name for name, job in JOBS.items() if "services" in job])
def test_the_server_is_healthy_before_the_tests_start(name: str) -> None:
    for service in JOBS[name]["services"].values():
        assert "--health-cmd" in service["options"]


def test_the_python_versions_are_those_that_pyproject_allows() -> None:
    pyproject = tomllib.loads((template.ROOT / "pyproject.toml").read_text())
    allowed = SpecifierSet(pyproject["project"]["requires-python"])
    versions = [f"3.{minor}" for minor in range(NEWEST_PYTHON + 1) if f"3.{minor}" in allowed]
    assert sys.version_info[:2] <= (3, NEWEST_PYTHON)
    assert JOBS["test"]["strategy"]["matrix"]["python"] == versions
