"""Files of docs/deployment.md and of `deployment`: their form, their commands on real servers."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_jsonschema import main as check_jsonschema  # type: ignore[import-untyped]
from click.testing import CliRunner
from docker.utils.build import exclude_paths
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from scripts.environments import share_code
from support import servers, shell, template
from support.databases import admin_engine, database, missing, table_names
from support.migrations import Project, new_project
from support.pages import blocks, sections
from support.repositories import commit, git

PAGE = sections("deployment.md")
COMPOSE = {
    "postgresql+psycopg": "Compose with PostgreSQL",
    "mysql+pymysql": "Compose with MariaDB",
}
MANIFESTS = ["Kubernetes: a Job before the rollout", "Kubernetes: an init container"]
PASSWORD = "0f3a"  # noqa: S105 # of a role that this file makes
TABLES = {"customer", "purchase"}


def file_in(section: str) -> str:
    """Return the only file in a section."""
    ((_, block),) = blocks(PAGE[section])
    return block


def services(file: str) -> dict[str, Any]:
    """Return the services as Compose reads them, with their variables filled in."""
    filled = file.replace("${DATABASE_PASSWORD:?}", PASSWORD).replace("$$", "$")
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(filled)
    return loaded["services"]


def containers(section: str) -> dict[str, Any]:
    """Return the containers of a manifest by name."""
    pod = yaml.safe_load(file_in(section))["spec"]["template"]["spec"]
    return {each["name"]: each for each in pod.get("initContainers", []) + pod["containers"]}


def run(
    command: list[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


# --- Their form -----------------------------------------------------------------------------


def compose_complains(file: str, folder: Path) -> str:
    """Return what the Compose specification's schema has against a file."""
    (folder / "compose.yaml").write_text(file)
    command = ["--builtin-schema=vendor.compose-spec", f"{folder / 'compose.yaml'}"]
    result = CliRunner().invoke(check_jsonschema, command, catch_exceptions=False)
    assert result.exit_code in (0, 1), result.output
    return result.output if result.exit_code else ""


def kubernetes_complains(file: str, folder: Path) -> str:
    """Return what Kubernetes' schemas have against a manifest."""
    (folder / "manifest.yaml").write_text(file)
    command = [sys.executable, "-m", "kubernetes_validate", "--strict", "manifest.yaml"]
    result = run(command, folder, {})
    assert result.returncode in (0, 1), result.stderr
    return result.stdout + result.stderr if result.returncode else ""


@pytest.mark.parametrize("section", COMPOSE.values())
def test_compose_file_has_its_form(section: str, tmp_path: Path) -> None:
    file = file_in(section)
    assert not compose_complains(file, tmp_path)
    broken = file.replace("condition: service_healthy", "condition: service_health")
    assert "service_health" in compose_complains(broken, tmp_path)


@pytest.mark.parametrize("section", MANIFESTS)
def test_manifest_has_its_form(section: str, tmp_path: Path) -> None:
    file = file_in(section)
    assert not kubernetes_complains(file, tmp_path)
    assert "secretRef" in kubernetes_complains(file.replace("KeyRef", "Ref"), tmp_path)


def test_every_file_migrates_with_the_same_command() -> None:
    found = [services(file_in(section))["migrate"]["command"] for section in COMPOSE.values()]
    found += [containers(section)["migrate"]["command"] for section in MANIFESTS]
    program = ["python", "-m", "my_app.migrations"]
    assert found == [[*program, "-x", "expand", "upgrade", "head"]] * 4


# --- Their commands -------------------------------------------------------------------------


def add_revision(project: Project) -> Path:
    """Write a revision that does nothing and return its file."""
    before = set(project.revisions)
    project.run("revision", message="newer")
    (newer,) = set(project.revisions) - before
    return newer


@contextmanager
def initialised(driver: str, settings: dict[str, str]) -> Iterator[URL]:
    """Do on a real server what the database's image does with these settings."""
    server = "postgresql" if driver.startswith("postgresql") else "mariadb"
    admin = admin_engine(server)
    if server == "mariadb":
        prefix = "MYSQL" if "MYSQL_USER" in settings else "MARIADB"
        kinds = [f"{prefix}_{kind}" for kind in ("USER", "PASSWORD", "DATABASE")]
        name, password, made = (settings[kind] for kind in kinds)
        statements = [
            "DO GET_LOCK('initialised', 600)",  # for one test at a time: the names are the files'
            f"CREATE USER {name}@'%' IDENTIFIED BY '{password}'",
            f"CREATE DATABASE {made}",
            f"GRANT ALL ON {made}.* TO {name}@'%'",
        ]
        last = [f"DROP DATABASE {made}", f"DROP USER {name}@'%'", "DO RELEASE_ALL_LOCKS()"]
    else:
        kinds = ["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"]
        name, password, made = (settings[kind] for kind in kinds)
        statements = [
            "SELECT pg_advisory_lock(7)",
            f"CREATE ROLE {name} LOGIN PASSWORD '{password}'",
            f"CREATE DATABASE {made} OWNER {name}",
        ]
        last = [
            f"DROP DATABASE {made} WITH (FORCE)",
            f"DROP ROLE {name}",
            "SELECT pg_advisory_unlock_all()",
        ]
    with admin.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
        try:
            yield admin.url.set(drivername=driver, username=name, password=password, database=made)
        finally:
            for statement in last:
                connection.execute(text(statement))


def is_healthy(database_service: dict[str, Any], port: int, folder: Path) -> bool:
    """Run a health check as written, beside a server that listens on this port."""
    check = database_service["healthcheck"]["test"]
    command = ["/bin/sh", "-c", check] if isinstance(check, str) else check[1:]
    environment = {
        **database_service["environment"],
        "PATH": f"{servers.postgresql_clients()}{os.pathsep}{os.environ['PATH']}",
        "PGPORT": str(port),
        "MYSQL_TCP_PORT": str(port),
    }
    return run(command, folder, environment).returncode == 0


def start(project: Project, service: dict[str, Any], url: URL) -> subprocess.CompletedProcess[str]:
    """Run a service's command as written where the package is installed."""
    named = service["environment"]["DATABASE_URL"]
    assert named.count("@database/") == 1
    environment = {
        "DATABASE_URL": named.replace("@database/", f"@{url.host}:{url.port}/"),
        "PATH": f"{shell.scripts()}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(project.models.parents[1]),
    }
    inside = project.answers["placement"] == "package"
    return run(service["command"], project.path.parent if inside else project.path, environment)


def assert_migrates(project: Project, service: dict[str, Any], url: URL) -> None:
    """Run the service that migrates: twice, and with a revision that fails."""
    for _ in range(2):  # the second finds nothing to do
        result = start(project, service, url)
        assert result.returncode == 0, result.stderr
        assert table_names(url) == TABLES
    # Without it the application is not started.
    newer = add_revision(project)
    newer.write_text(newer.read_text() + "\n\ndef upgrade() -> None:\n    raise ValueError\n")
    assert start(project, service, url).returncode != 0


def assert_starts_in_order(found: dict[str, Any], project: Project, folder: Path) -> None:
    """Do what Compose does with these services: a server for the first, the migration."""
    waits = {name: service.get("depends_on", {}) for name, service in found.items()}
    assert waits == {
        "database": {},
        "migrate": {"database": {"condition": "service_healthy"}},
        "app": {"migrate": {"condition": "service_completed_successfully"}},
    }
    assert found["app"]["environment"] == found["migrate"]["environment"]
    driver = project.answers["driver"]
    if not driver.startswith("postgresql") and not shutil.which("mariadb"):
        missing("no mariadb, its client: apt-get install mariadb-client-core")
    with database(driver, folder) as project.url:
        project.autogenerate("create tables")
    with initialised(driver, found["database"]["environment"]) as url:
        assert url.port
        assert not is_healthy(found["database"], servers.free_port(), folder)
        assert is_healthy(found["database"], url.port, folder)
        assert_migrates(project, found["migrate"], url)


@pytest.mark.parametrize("driver", COMPOSE)
def test_services_start_in_their_order(driver: str, tmp_path: Path) -> None:
    project = new_project(tmp_path, driver=driver)
    assert_starts_in_order(services(file_in(COMPOSE[driver])), project, tmp_path)


def built(lines: list[str], context: Path, folder: Path) -> tuple[Path, Path]:
    """Do what the lines of a Dockerfile say; return the folder of the image and its environment."""
    image = folder / "image"
    image.mkdir()
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    pip = [sys.executable, "-m", "pip", "--python", f"{environment}"]
    for line in lines:
        instruction, _, rest = line.partition(" ")
        if instruction == "COPY":
            *sources, target = shlex.split(rest)
            to = (image / target).resolve()
            to.parent.mkdir(exist_ok=True)
            assert run(["cp", "-r", *sources, f"{to}"], context, {}).returncode == 0
        elif instruction == "RUN":
            program, *arguments = shlex.split(rest)
            if program == "install":  # as nobody, at the root
                assert arguments == ["--directory", "--owner=nobody", "/data"]
                (folder / "data").mkdir()
                continue
            assert program == "pip"
            # The first import compiles what it needs: to compile all takes longer.
            result = run([*pip, *arguments, "--no-compile"], image, {})
            assert result.returncode == 0, result.stderr
            share_code(environment)
    return image, environment


@pytest.mark.parametrize("placement", template.choices("placement"))
def test_image_installs_all_that_a_migration_needs(placement: str, tmp_path: Path) -> None:
    with database("postgresql+psycopg", tmp_path) as url:
        project = new_project(tmp_path, url, driver="postgresql+psycopg", placement=placement)
        project.autogenerate("create tables")
        inside, root = (block for _, block in blocks(PAGE["The image"]))
        lines = (inside + root if placement == "root" else inside).splitlines()
        image, environment = built(lines, project.path, tmp_path)
        shown = containers(MANIFESTS[0])["migrate"]
        command, folder = shown["command"], tmp_path
        if placement == "root":
            assert "Write `alembic` wherever" in PAGE["The image"]
            command, folder = [f"{environment}/bin/alembic", *command[3:]], image
        assert [each["name"] for each in shown["env"]] == ["MIGRATIONS_DATABASE_URL"]
        result = run(
            command,
            folder,
            {
                "MIGRATIONS_DATABASE_URL": url.render_as_string(hide_password=False),
                "PATH": f"{environment / 'bin'}",
            },
        )
        assert result.returncode == 0, result.stderr
        assert table_names(url) == TABLES


# --- What `deployment=compose` renders --------------------------------------------------------


def composed(folder: Path, mode: str, driver: str, **answers: str) -> Project:
    """Render a project with its compose.yaml; other answers vary with the driver."""
    turn = template.MODES_AND_DRIVERS.index((mode, driver))
    varied = {
        "layout": template.choices("layout")[turn % 2],
        "placement": template.choices("placement")[turn // 2 % 2],
        "config": template.choices("config", project="new")[turn // 4 % 2],
    }
    given = varied | answers | {"mode": mode, "driver": driver, "deployment": "compose"}
    return new_project(folder, None, **given)


def rendered(project: Project) -> str:
    """Return the project's compose.yaml."""
    return (project.path / "compose.yaml").read_text()


@pytest.mark.parametrize(("mode", "driver"), template.MODES_AND_DRIVERS)
def test_rendered_compose_file_has_its_form(mode: str, driver: str, tmp_path: Path) -> None:
    project = composed(tmp_path, mode, driver)
    file = rendered(project)
    assert not compose_complains(file, tmp_path)
    broken = file.replace("condition: service_", "condition: servce_")
    assert "servce_completed_successfully" in compose_complains(broken, tmp_path)
    found = services(file)
    names = ["migrate", "app"] if "sqlite" in driver else ["database", "migrate", "app"]
    assert list(found) == names
    for name in ("migrate", "app"):
        assert make_url(found[name]["environment"]["DATABASE_URL"]).drivername == driver
    # The password is asked for by .env.example, and by nothing else.
    wanted = set(re.findall(r"\$\{(\w+)", file))
    example = (project.path / ".env.example").read_text()
    assert wanted == set(re.findall(r"(?m)^(DATABASE_PASSWORD)=$", example))
    assert bool(wanted) == ("database" in found)


@pytest.mark.parametrize(
    ("mode", "driver", "placement"),
    [
        ("sync", "postgresql+psycopg", "package"),
        ("async", "postgresql+asyncpg", "root"),
        ("sync", "mysql+pymysql", "root"),
        ("sync", "mariadb+mariadbconnector", "package"),
    ],
)
def test_rendered_services_start_in_their_order(
    mode: str, driver: str, placement: str, tmp_path: Path
) -> None:
    project = composed(tmp_path, mode, driver, placement=placement)
    assert_starts_in_order(services(rendered(project)), project, tmp_path)


@pytest.mark.parametrize(
    ("layout", "placement", "config"),
    [
        ("src", "package", "alembic.ini"),
        ("flat", "package", "pyproject.toml"),
        ("flat", "root", "alembic.ini"),
        ("src", "root", "pyproject.toml"),
    ],
)
def test_rendered_image_migrates_a_file_in_the_volume(
    layout: str, placement: str, config: str, tmp_path: Path
) -> None:
    answers = {"layout": layout, "placement": placement, "config": config}
    project = composed(tmp_path, "sync", "sqlite+pysqlite", **answers)
    with database("sqlite+pysqlite", tmp_path) as project.url:
        project.autogenerate("create tables")
    lines = (project.path / "Dockerfile").read_text().splitlines()
    image, environment = built(lines, project.path, tmp_path)
    found = services(rendered(project))
    assert found["migrate"]["volumes"] == found["app"]["volumes"] == ["data:/data"]
    waits = {"migrate": {"condition": "service_completed_successfully"}}
    assert found["app"]["depends_on"] == waits
    assert found["app"]["environment"] == found["migrate"]["environment"]
    for name in ("migrate", "app"):
        url = found[name]["environment"]["DATABASE_URL"].replace("/data/", f"{tmp_path}/data/")
        program, *arguments = found[name]["command"]
        variables = {"DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": ""}  # for the next to read
        result = run([f"{environment}/bin/{program}", *arguments], image, variables)
        assert result.returncode == 0, result.stderr
    assert table_names(make_url(url)) == TABLES


@pytest.mark.parametrize(("mode", "driver"), template.MODES_AND_DRIVERS)
def test_rendered_image_has_what_the_driver_is_built_with(
    mode: str, driver: str, tmp_path: Path
) -> None:
    first, *_ = (composed(tmp_path, mode, driver).path / "Dockerfile").read_text().splitlines()
    compiled = driver in ("mysql+mysqldb", "mariadb+mariadbconnector")
    assert first == ("FROM python:3.13" if compiled else "FROM python:3.13-slim")


def test_rendered_service_migrates_the_databases_that_tenants_names(tmp_path: Path) -> None:
    project = composed(tmp_path, "sync", "sqlite+pysqlite", tenants="databases")
    file = rendered(project)
    assert not compose_complains(file, tmp_path)
    with database("sqlite+pysqlite", tmp_path) as project.url:
        project.autogenerate("create tables")
    service = services(file)["migrate"]
    files = [tmp_path / name for name in ("app.db", "acme.db", "bolt.db")]
    environment = {
        "DATABASE_URL": service["environment"]["DATABASE_URL"].replace("/data", f"{tmp_path}"),
        "PATH": f"{shell.scripts()}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(project.models.parents[1]),
    }
    for tenants in (",".join(map(str, files[1:])), ""):
        environment["TENANTS"] = service["environment"]["TENANTS"].replace("${TENANTS:-}", tenants)
        result = run(service["command"], project.path, environment)
        assert result.returncode == 0, result.stderr
        assert files[0].exists() == (tenants == "")
    for each in files:
        assert table_names(URL.create("sqlite", database=str(each))) == TABLES


def copied(project: Project) -> list[str]:
    """Return what the Dockerfile copies."""
    lines = (project.path / "Dockerfile").read_text().splitlines()
    copies = [shlex.split(line)[1:-1] for line in lines if line.startswith("COPY ")]
    return [source for sources in copies for source in sources]


def sent(project: Project) -> set[str]:
    """Return the files that a build gets, by the rules of Docker's own client."""
    lines = (project.path / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if not line.startswith("#")]
    paths = exclude_paths(str(project.path), patterns)
    return {path for path in paths if (project.path / path).is_file()}


LEFT_BEHIND = [  # by the work on a project
    ".env",
    ".venv/bin/python",
    "{package}/__pycache__/db.cpython-313.pyc",
    "{package}/models/__pycache__/customer.cpython-313.pyc",
    "{package}/../my_app.egg-info/PKG-INFO",
    "{package}/local.db",
    "dist/my_app-0.1.0.tar.gz",
    "my_app.db",
]


@pytest.mark.parametrize("layout", template.choices("layout"))
@pytest.mark.parametrize("placement", template.choices("placement"))
def test_build_gets_what_is_copied_and_nothing_that_git_ignores(
    layout: str, placement: str, tmp_path: Path
) -> None:
    project = composed(tmp_path, "sync", "sqlite+pysqlite", layout=layout, placement=placement)
    commit(project.path)
    package = template.package_path(project.path, project.answers)
    for name in LEFT_BEHIND:
        file = project.path / name.format(package=package)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("secret")
    ignored = git(project.path, "ls-files", "--others", "--ignored", "--exclude-standard")
    assert len(ignored.splitlines()) == len(LEFT_BEHIND)
    wanted = git(project.path, "ls-files", "--", *copied(project)).splitlines()
    assert {"pyproject.toml", f"{package.relative_to(project.path)}/db.py"} <= {*wanted}
    assert {*wanted} <= sent(project)
    assert not {*ignored.splitlines()} & sent(project)
    assert not {path for path in sent(project) if path.startswith(".git/")}


# --- Releases ---------------------------------------------------------------------------------


def test_older_release_refuses_a_database_that_a_newer_one_migrated(tmp_path: Path) -> None:
    with database("postgresql+psycopg", tmp_path) as url:
        project = new_project(tmp_path, url, driver="postgresql+psycopg")
        project.autogenerate("create tables")
        newer = add_revision(project)
        project.run("upgrade", "head")
        newer.unlink()
        result = project.cli("upgrade", "head")
        assert result.returncode != 0
        (said,) = re.findall(r"ends with `(Can't .*)`", PAGE[MANIFESTS[1]])
        assert said in result.stdout + result.stderr


def test_application_s_role_writes_rows_and_changes_no_table(tmp_path: Path) -> None:
    name = f"r_{uuid.uuid4().hex[:16]}"
    admin = admin_engine("postgresql")
    server = admin.url.set(drivername="postgresql").render_as_string(hide_password=False)
    section = PAGE["A role that migrates, and one that doesn't"]
    ((_, statements),) = blocks(section)
    (tmp_path / "roles.sql").write_text(statements.replace("my_app", name))
    command = [
        f"{servers.postgresql_clients()}/psql",
        "--no-psqlrc",
        "--set=ON_ERROR_STOP=1",
        "--file=roles.sql",
        server,
    ]
    try:
        result = run(command, tmp_path, {})
        assert result.returncode == 0, result.stderr
        url = admin.url.set(drivername="postgresql+psycopg", database=name)
        owner = url.set(username=f"{name}_migrations", password="first")  # noqa: S106
        project = new_project(tmp_path, owner, driver="postgresql+psycopg")
        project.autogenerate("create tables")
        project.run("upgrade", "head")
        engine = create_engine(url.set(username=name, password="second"))  # noqa: S106
        with engine.begin() as connection:
            insert = "INSERT INTO customer (email) VALUES ('a@example.com')"
            connection.execute(text(insert))
            assert connection.scalar(text("SELECT count(*) FROM customer")) == 1
        for forbidden in ("CREATE TABLE mine (id int)", "ALTER TABLE customer DROP COLUMN email"):
            with pytest.raises(ProgrammingError), engine.begin() as connection:
                connection.execute(text(forbidden))
        engine.dispose()
    finally:
        with admin.connect() as connection:
            for statement in (
                f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
                f"DROP ROLE IF EXISTS {name}",
                f"DROP ROLE IF EXISTS {name}_migrations",
            ):
                connection.execute(text(statement))
