"""Take the schemas of public packages through the circle, with the stock env.py and with ours.

The circle: autogenerate, upgrade, check, downgrade to nothing, upgrade, autogenerate finds
nothing, and `upgrade --sql` gives the same database. Each package of corpus.toml has an
environment in .venv/corpus, which is kept; what a run did stands below it in `work`. All the
results are in .venv/corpus/results.json; a run of the whole corpus writes docs/corpus.md.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import datetime as dt
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock
from jinja2 import Environment
from sqlalchemy import URL, text

from support import servers, template
from support.contents import contents, difference
from support.databases import (
    SERVERS,
    VARIABLES,
    admin_engine,
    database,
    missing_driver,
    plain_engine,
    run_script,
)

LIST = template.ROOT / "scripts" / "corpus.toml"
WORKER = template.ROOT / "scripts" / "corpus_worker.py"
FOLDER = template.ROOT / ".venv" / "corpus"
RESULTS = FOLDER / "results.json"
DOCUMENT = template.ROOT / "docs" / "corpus.md"

DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
}
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MariaDB"}
KINDS = ["stock", "ours"]
STARTERS = {"postgresql": servers.start_postgresql, "mariadb": servers.start_mariadb}
RENDERS = threading.Lock()  # Copier changes the working directory, which threads share
INSTALL_TIMEOUT = 1800
STEP_TIMEOUT = 300


# --- The packages ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Package:
    """An entry of corpus.toml, where its fields are explained."""

    name: str
    requirements: list[str]
    metadata: str
    variety: str
    models: list[str] = field(default_factory=list)
    setup: str = ""
    target: str = ""
    source: str = ""
    databases: list[str] = field(default_factory=lambda: list(DRIVERS))
    extensions: list[str] = field(default_factory=list)
    charset: str = ""
    dialect: str = "mariadb"
    known: str = ""

    @property
    def folder(self) -> Path:
        """The package's environment."""
        return FOLDER / self.name

    @property
    def python(self) -> Path:
        """The interpreter of that environment."""
        return self.folder / "bin" / "python"

    @cached_property
    def versions(self) -> dict[str, str]:
        """The versions of what it needs, of SQLAlchemy and of Alembic."""
        names = [re.split(r"[\[<>=!~]", each)[0] for each in self.requirements]
        code = (
            "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
        )
        names += ["sqlalchemy", "alembic"]
        found = subprocess.check_output([self.python, "-c", code, *names], text=True).split()
        return dict(zip(names, found, strict=True))

    @property
    def import_line(self) -> str:
        """The import of the metadata, as hooks.py has it."""
        module, target = self.metadata.split(":")
        return f"from {module} import {target.split('.')[0]}"

    @property
    def target_metadata(self) -> str:
        """What target_metadata is, as an expression."""
        return self.target or self.metadata.split(":")[1]

    def write_sample(self, folder: Path) -> None:
        """Write the package `sample`, if the entry has a source."""
        if self.source:
            sample = folder / "sample"
            sample.mkdir(parents=True, exist_ok=True)
            (sample / "__init__.py").touch()
            (sample / "models.py").write_text(self.source)


def packages() -> dict[str, Package]:
    """Return the packages of the corpus by name."""
    entries = tomllib.loads(LIST.read_text())
    return {name: Package(name, **entry) for name, entry in entries.items()}


def common_requirements() -> list[str]:
    """Return what a rendered project needs with each of our drivers."""
    question = template.configuration()["requirements"]["default"]
    expression = Environment().from_string(question)  # noqa: S701 # no HTML
    drivers = DRIVERS.values()
    found = [yaml.safe_load(expression.render(mode="sync", driver=driver)) for driver in drivers]
    return sorted(set().union(*found))


def install(package: Package) -> str:
    """Make the package's environment if there is none with these requirements, or say why not."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with FileLock(FOLDER / f"{package.name}.lock"):
        return install_now(package)


def install_now(package: Package) -> str:
    """Do it, with no other process that does."""
    requirements = common_requirements() + package.requirements
    version = f"{sys.version_info[:2]}"
    stamp = hashlib.sha256(" ".join([version, *requirements]).encode()).hexdigest()
    file = package.folder / "requirements.sha256"
    if file.exists() and file.read_text() == stamp:
        return ""
    shutil.rmtree(package.folder, ignore_errors=True)
    base = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
    subprocess.run([base, "-m", "venv", "--without-pip", package.folder], check=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", package.python]
    command = [*map(str, pip), "install", "--quiet", "--prefer-binary", *requirements]
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=INSTALL_TIMEOUT, check=False
    )
    if result.returncode:
        return last_error(result.stderr)
    file.write_text(stamp)
    return ""


def users_url(url: URL, dialect: str) -> str:
    """Return the URL as a user writes it: one of MariaDB says so, for --sql to know it."""
    driver = url.drivername.replace("mysql+", f"{dialect}+")
    return url.set(drivername=driver).render_as_string(hide_password=False)


# --- The circle -----------------------------------------------------------------------------


class Failure(Exception):  # noqa: N818 # an ordinary outcome
    """A step of the circle failed; the arguments are the step and the reason."""


def last_error(output: str) -> str:
    """Return the line of a traceback, or of a log, that names the error."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    named = r"(FAILED: |ERROR: |(\w+\.)*\w*(Error|Exception|Detected|NotFound|Invalid\w*)\b)"
    errors = [line for line in lines if re.match(named, line)]
    line = (errors or lines or ["no output"])[-1]
    line = line.removeprefix("FAILED: ").removeprefix("ERROR: ")
    return re.sub(r"0x[0-9a-f]{6,}", "0x…", line)


@dataclass
class Worker:
    """The process that runs alembic in the environment of a package."""

    package: Package
    log: Path
    process: subprocess.Popen[str]

    @classmethod
    @contextlib.contextmanager
    def of(cls, package: Package, log: Path) -> Iterator[Worker]:
        """Start the worker of a package, and end it."""
        with (
            log.open("w") as errors,
            subprocess.Popen(
                [package.python, WORKER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=log.parent,
            ) as process,
        ):
            yield cls(package, log, process)

    def run(self, folder: Path, step: str, env: dict[str, str], **request: Any) -> str:
        """Run a command in the folder and return its standard output, or raise Failure."""
        log = folder.parent / f"{folder.name}.log"
        log.mkdir(exist_ok=True)
        output = str(log / step.replace(" ", "-"))
        asked = {"cwd": str(folder), "env": env, "output": output, "timeout": STEP_TIMEOUT}
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(asked | request), file=self.process.stdin, flush=True)
        code = self.process.stdout.readline().strip()
        if not code:
            raise Failure(step, f"the worker ended: {last_error(self.log.read_text())}")
        # As bytes: a carriage return in a CHECK must stay one.
        out, err = (Path(output + end).read_bytes().decode() for end in (".out", ".err"))
        if code == "-1":
            raise Failure(step, f"took more than {STEP_TIMEOUT} seconds")
        if code != "0":
            raise Failure(step, last_error(f"{out}\n{err}"))
        return out


@dataclass
class Result:
    """What became of a package on a database with the stock env.py, or with ours."""

    package: str
    database: str
    kind: str
    tables: int = 0
    step: str = ""  # that failed
    reason: str = ""
    unlike_create_all: str = ""
    seconds: float = 0.0


@dataclass
class Circle:
    """A package on a database with one env.py."""

    worker: Worker
    database: str
    kind: str

    @property
    def package(self) -> Package:
        """The package."""
        return self.worker.package

    @cached_property
    def folder(self) -> Path:
        """The project's folder, empty at the start."""
        folder = self.worker.log.with_name(f"{self.database}-{self.kind}")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(folder.with_name(f"{folder.name}.log"), ignore_errors=True)
        folder.mkdir()
        return folder

    @property
    def versions(self) -> set[Path]:
        """The revisions' files."""
        return set(self.folder.glob("migrations/versions/*.py"))

    @contextlib.contextmanager
    def new_database(self) -> Iterator[URL]:
        """Create an empty database, as an administrator hands it over."""
        with database(DRIVERS[self.database], self.folder) as url:
            statements = []
            if self.database == "postgresql":
                statements = [f"CREATE EXTENSION {name}" for name in self.package.extensions]
            elif self.database == "mysql" and self.package.charset:
                statements = [f"ALTER DATABASE CHARACTER SET {self.package.charset}"]
            with plain_engine(url).begin() as connection:
                for statement in statements:
                    connection.execute(text(statement))
            yield url

    def environment(self, url: URL) -> dict[str, str]:
        """Return the variables of a command; packages write into a home of their own."""
        return {
            "DATABASE_URL": users_url(url, self.package.dialect),
            "HOME": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def alembic(self, step: str, url: URL, *arguments: str) -> str:
        """Run alembic."""
        return self.worker.run(self.folder, step, self.environment(url), arguments=arguments)

    def create_all(self, url: URL) -> None:
        """Make the tables without Alembic: what this database refuses, no migration can make."""
        self.package.write_sample(self.folder)
        script = self.folder / "create_all.py"
        script.write_text(CREATE_ALL.format(package=self.package, models=self.models))
        self.worker.run(self.folder, "create_all", self.environment(url), script=str(script))

    @property
    def models(self) -> str:
        """The imports of the models, as env.py has them."""
        return "".join(f"import {name}\n" for name in self.package.models)

    def make_stock(self, url: URL) -> None:
        """Make a project with `alembic init`, and fill in what its comments ask for."""
        self.alembic("init", url, "init", "migrations")
        self.package.write_sample(self.folder)
        ini = self.folder / "alembic.ini"
        shown = users_url(url, self.package.dialect).replace("%", "%%")
        ini.write_text(
            re.sub("(?m)^sqlalchemy.url = .*", f"sqlalchemy.url = {shown}", ini.read_text())
        )
        env = self.folder / "migrations" / "env.py"
        head, tail = env.read_text().split("target_metadata = None")
        filled = f"{self.models}{self.package.import_line}\n"
        filled += f"target_metadata = {self.package.target_metadata}"
        env.write_text(f"{self.package.setup}\n{head}{filled}{tail}")

    def make_ours(self, _: URL) -> None:
        """Render the template, and fill in hooks.py."""
        module = self.package.metadata.split(":")[0]
        with RENDERS:
            template.render(
                self.folder,
                project="existing",
                package="sample",
                placement="root",
                driver=DRIVERS[self.database],
                metadata=self.package.metadata,
            )
        self.package.write_sample(self.folder / "src")
        hooks = self.folder / "migrations" / "hooks.py"
        docstring, rest = hooks.read_text().split("\n", 1)
        models = self.package.models or [module]
        rest = re.sub(r"(?m)^models = .*", lambda _: f"models = {models}", rest)
        target = f"target_metadata = {self.package.target_metadata}"
        rest = re.sub(r"(?m)^target_metadata = .*", lambda _: target, rest)
        hooks.write_text(f"{docstring}\n{self.package.setup}{rest}")

    def run(self, created: set[str]) -> Result:
        """Go around, as far as it goes."""
        result = Result(self.package.name, self.database, self.kind)
        start = time.monotonic()
        try:
            with self.new_database() as url:
                getattr(self, f"make_{self.kind}")(url)
                self.go_around(url, result, created)
        except Failure as failure:
            result.step, result.reason = failure.args
            result.reason = result.reason.replace(str(template.ROOT), "…")
        result.seconds = round(time.monotonic() - start, 1)
        return result

    def go_around(self, url: URL, result: Result, created: set[str]) -> None:
        """Take the steps, or raise Failure."""
        empty = contents(url)
        autogenerate = ["revision", "--autogenerate", "--message", "tables"]
        self.alembic("autogenerate", url, *autogenerate)
        self.alembic("upgrade", url, "upgrade", "head")
        full = contents(url)
        result.tables = sum(line.startswith("table ") for line in full - empty)
        result.unlike_create_all = difference(created, full)
        if not result.tables:
            raise Failure("upgrade", "made no table")
        self.alembic("check", url, "check")
        self.alembic("downgrade", url, "downgrade", "base")
        if left := difference(empty, contents(url)):
            raise Failure("empty after downgrade", left)
        self.alembic("second upgrade", url, "upgrade", "head")
        if changed := difference(full, contents(url)):
            raise Failure("second upgrade", changed)
        before = self.versions
        self.alembic("second autogenerate", url, *autogenerate)
        for file in self.versions - before:
            if found := operations(file):
                raise Failure("second autogenerate", found)
            file.unlink()
        self.offline(url, full)

    def offline(self, url: URL, full: set[str]) -> None:
        """Compare the database that `--sql` makes."""
        sql = self.alembic("--sql", url, "upgrade", "head", "--sql")
        with self.new_database() as fresh:
            try:
                run_script(fresh, sql)
            except Exception as error:
                raise Failure(
                    "run --sql", last_error(f"{type(error).__name__}: {error}")
                ) from error
            if changed := difference(full, contents(fresh)):
                raise Failure("same database from --sql", changed)


CREATE_ALL = """\
import os
import sqlalchemy
{package.setup}
{models}{package.import_line}
target = {package.target_metadata}
engine = sqlalchemy.create_engine(os.environ["DATABASE_URL"])
with engine.begin() as connection:
    for metadata in target if isinstance(target, list) else [target]:
        if connection.dialect.name == "postgresql":
            for schema in {{table.schema for table in metadata.tables.values()}} - {{None}}:
                connection.execute(sqlalchemy.schema.CreateSchema(schema, if_not_exists=True))
        metadata.create_all(connection)
"""


def operations(revision: Path) -> str:
    """Return the first statement of upgrade(), or of downgrade(), that does something."""
    for function in ast.parse(revision.read_text()).body:
        if isinstance(function, ast.FunctionDef):
            for statement in function.body:
                constant = isinstance(statement, ast.Expr) and isinstance(
                    statement.value, ast.Constant
                )
                if not constant and not isinstance(statement, ast.Pass):
                    return ast.unparse(statement).partition("\n")[0]
    return ""


def run_package(package: Package, name: str, kinds: list[str], work: Path) -> list[Result]:
    """Take a package through the circle on a database, with each env.py, below `work`."""
    work.mkdir(exist_ok=True)
    with Worker.of(package, work / f"{name}-worker.log") as worker:
        baseline = Circle(worker, name, "create_all")
        try:
            with baseline.new_database() as url:
                baseline.create_all(url)
                created = contents(url)
        except Failure as failure:
            step, reason = failure.args
            return [Result(package.name, name, kind, 0, step, reason) for kind in kinds]
        return [Circle(worker, name, kind).run(created) for kind in kinds]


# --- The results ----------------------------------------------------------------------------


def cell(result: Result | None) -> str:
    """Return what a table says of a result."""
    if result is None:
        return "—"
    return f"**{result.step}**" if result.step else "closes"


def escaped(reason: str, limit: int = 160) -> str:
    """Return a reason as a cell of a table."""
    short = reason if len(reason) <= limit else reason[:limit] + "…"
    return re.sub(r"([|`*_<>\\\[\]])", r"\\\1", short)


def document(results: list[Result], versions: dict[str, dict[str, str]]) -> str:
    """Return docs/corpus.md."""
    by_key = {(each.package, each.database, each.kind): each for each in results}
    runs = sorted({(each.package, each.database) for each in results})
    lines = [HEAD.format(date=dt.datetime.now(tz=dt.UTC).date(), versions=software())]
    lines += ["| database | runs | stock closes | ours closes |", "|---|---|---|---|"]
    for name in [*DRIVERS, "all"]:
        chosen = [run for run in runs if name in (run[1], "all")]
        counts = [
            sum(
                (result := by_key.get((*run, kind))) is not None and not result.step
                for run in chosen
            )
            for kind in KINDS
        ]
        title = TITLES.get(name, "all")
        lines.append(f"| {title} | {len(chosen)} | {counts[0]} | {counts[1]} |")
    lines += ["", "## Runs", ""]
    lines += [
        "| package | tables | database | stock | ours | reason |",
        "|---|---|---|---|---|---|",
    ]
    for package, name in runs:
        stock, ours = (by_key.get((package, name, kind)) for kind in KINDS)
        tables = max((each.tables for each in (stock, ours) if each), default=0)
        reasons = [
            f"{each.kind}: {escaped(each.reason)}" for each in (stock, ours) if each and each.step
        ]
        if stock and ours and stock.step and stock.reason == ours.reason:
            reasons = [f"both: {escaped(ours.reason)}"]
        row = [
            package,
            str(tables or ""),
            TITLES[name],
            cell(stock),
            cell(ours),
            "<br>".join(reasons),
        ]
        lines.append(f"| {' | '.join(row)} |")
    open_runs = [run for run in runs if (ours := by_key.get((*run, KINDS[1]))) and ours.step]
    lines += ["", "## What does not close, and why", ""]
    for package, name in open_runs:
        lines.append(f"- {package} on {TITLES[name]}: {packages()[package].known or 'not known'}")
    lines += ["", "## Packages", ""]
    lines += ["| package | installed | SQLAlchemy | Alembic | adds |", "|---|---|---|---|---|"]
    for each in packages().values():
        if found := dict(versions.get(each.name, {})):
            common = [found.pop(name) for name in ("sqlalchemy", "alembic")]
            installed = ", ".join(f"{name} {version}" for name, version in found.items())
            lines.append(f"| {' | '.join([each.name, installed, *common, each.variety])} |")
    return "\n".join(lines) + "\n"


HEAD = """\
<!-- Written by scripts/corpus.py: `make corpus` runs it. -->
# The corpus

Schemas of public packages, each taken through the circle: autogenerate, upgrade, `check` is silent,
downgrade leaves nothing, upgrade, autogenerate finds nothing, and `upgrade --sql` makes the same
database. *Stock* is what `alembic init` writes, with the URL, the metadata and the imports of the
models filled in; *ours* is this template with `project=existing`. Nobody edits the revision. A cell
names the step that failed; `create_all` means that the database refuses the schema itself.

Run on {date} with {versions}.
"""


def software() -> str:
    """Return what the runs have in common, with versions."""
    found = [f"Python {sys.version.split()[0]}", f"SQLite {sqlite3.sqlite_version}"]
    for name in ("postgresql", "mysql"):
        if available(name):
            with admin_engine(SERVERS[name]).connect() as connection:
                version = ".".join(map(str, connection.dialect.server_version_info or ()))
            found.append(f"{TITLES[name]} {version}")
    return ", ".join(found)


@contextlib.contextmanager
def running_servers() -> Iterator[None]:
    """Start the servers that no variable names; one that is missing is said and left out."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        for kind, start in STARTERS.items():
            try:
                server = start(Path(folder))
            except servers.Unavailable as error:
                print(error)
            else:
                stack.callback(server.stop)
                os.environ[VARIABLES[kind]] = server.url
        yield


def available(name: str) -> bool:
    """Tell whether there is a server for this database."""
    return name == "sqlite" or VARIABLES[SERVERS[name]] in os.environ


def show(result: Result) -> None:
    """Print a result in a line."""
    outcome = f"{result.step}: {result.reason}" if result.step else "closes"
    where = f"{result.package} {TITLES[result.database]} {result.kind}"
    print(f"{where}: {outcome} ({result.tables} tables, {result.seconds} s)"[:300], flush=True)
    if result.unlike_create_all:
        print(f"  unlike create_all: {result.unlike_create_all[:280]}", flush=True)


def run(chosen: list[Package], names: list[str], kinds: list[str], jobs: int) -> list[Result]:
    """Install the packages, run all the circles in parallel and return the results."""
    for name in names:
        missing_driver(DRIVERS[name])  # imports it, which threads may not do at once
    with ThreadPoolExecutor(jobs) as executor:
        reasons = executor.map(install, chosen)
        broken = {each.name: reason for each, reason in zip(chosen, reasons, strict=True) if reason}
        for name, reason in broken.items():
            print(f"{name} can't be installed: {reason}")
        installed = [package for package in chosen if package.name not in broken]
        units = [(each, name) for each in installed for name in names if name in each.databases]

        def run_and_show(unit: tuple[Package, str]) -> list[Result]:
            package, name = unit
            try:
                results = run_package(package, name, kinds, package.folder / "work")
            except Exception as error:  # noqa: BLE001 # one package must not end the run
                reason = last_error(f"{type(error).__name__}: {error}")
                results = [Result(package.name, name, kind, 0, "script", reason) for kind in kinds]
            for result in results:
                show(result)
            return results

        return [result for results in executor.map(run_and_show, units) for result in results]


def main() -> None:
    """Run the corpus, or what the arguments choose of it."""
    known = packages()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="*", metavar="package", help="default: all")
    parser.add_argument("--database", action="append", choices=list(DRIVERS))
    parser.add_argument("--only", choices=KINDS, help="default: both")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument(
        "--write", action="store_true", help="write docs/corpus.md from what is known"
    )
    arguments = parser.parse_args()
    if unknown := set(arguments.packages) - known.keys():
        parser.error(f"not in {LIST.name}: {', '.join(sorted(unknown))}")
    chosen = [known[name] for name in arguments.packages or known]
    with running_servers():
        names = [name for name in arguments.database or DRIVERS if available(name)]
        kinds = [arguments.only] if arguments.only else KINDS
        results = run(chosen, names, kinds, arguments.jobs)
        stored = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
        merged = {
            (each["package"], each["database"], each["kind"]): each
            for each in [*stored, *map(asdict, results)]
            if each["package"] in known and each["database"] in known[each["package"]].databases
        }
        RESULTS.write_text(json.dumps(list(merged.values()), indent=1))
        for kind in kinds:
            outcomes = Counter(result.step or "closes" for result in results if result.kind == kind)
            print(f"{kind}: {dict(outcomes.most_common())}")
        chosen_some = arguments.packages or arguments.database or arguments.only
        if arguments.write or not chosen_some:
            DOCUMENT.parent.mkdir(exist_ok=True)
            versions = {name: each.versions for name, each in known.items() if each.python.exists()}
            DOCUMENT.write_text(document([Result(**each) for each in merged.values()], versions))


if __name__ == "__main__":
    main()
