"""Take rendered projects through the circle on each Python, Alembic and SQLAlchemy.

The circle is that of the corpus: autogenerate, upgrade, check is silent, downgrade leaves
nothing, upgrade, autogenerate finds nothing, and `upgrade --sql` gives the same database. Each
two of Python, Alembic and SQLAlchemy meet in an environment, kept in .venv/compat, and each
environment takes every driver below. A run of all of them writes docs/compatibility.md and .svg.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import yaml
from jinja2 import Environment as Jinja
from packaging.version import Version
from sqlalchemy import URL

from scripts import corpus
from support import template
from support.databases import SERVERS, VARIABLES, database, missing_driver
from support.interpreters import interpreter

FOLDER = template.ROOT / ".venv" / "compat"
PAGE = template.ROOT / "docs" / "compatibility.md"
PICTURE = PAGE.with_suffix(".svg")

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
DRIVERS = [
    ("sync", "sqlite+pysqlite"),
    ("sync", "postgresql+psycopg"),
    ("sync", "mysql+pymysql"),
    ("async", "sqlite+aiosqlite"),
    ("async", "postgresql+asyncpg"),
    ("async", "mysql+aiomysql"),
]
COLUMNS = [f"{mode} {driver}" for mode, driver in DRIVERS]
MIDDLE_ALEMBIC = "==1.18.*"
# The other answers that ask something of Alembic and SQLAlchemy: each environment has all.
SHAPES = [
    {"config": config, "models": models}
    for config in template.choices("config")
    for models in ("declarative", "dataclass")
]
# The first that can be imported on a newer Python; on 3.14 the oldest that was tried.
FIRST_SQLALCHEMY = {"3.13": "2.0.31", "3.14": "2.0.41"}


# --- The environments -----------------------------------------------------------------------


def requirements(mode: str, driver: str) -> list[str]:
    """Return what a rendered project requires: Alembic, SQLAlchemy and then its driver."""
    expression = template.configuration()["requirements"]["default"]
    rendered = Jinja().from_string(expression).render(mode=mode, driver=driver)  # noqa: S701 # no HTML
    found = yaml.safe_load(rendered)
    assert isinstance(found, list)
    return found


def oldest() -> list[str]:
    """Return the oldest Alembic and the oldest SQLAlchemy that rendered projects allow."""
    found = []
    for position in (0, 1):
        specifiers = {requirements(*drivers)[position] for drivers in DRIVERS}
        versions = [Version(str(re.findall(r">=([\d.]+)", each)[0])) for each in specifiers]
        found.append(str(max(versions)))
    return found


@dataclass(frozen=True)
class Environment(corpus.Package):
    """A Python with an Alembic and a SQLAlchemy: what the corpus calls a package."""

    release: str = ""  # of Python, such as 3.10
    alembic: str = ""  # a specifier, empty for the newest
    sqlalchemy: str = ""
    number: int = 0

    @property
    def folder(self) -> Path:
        """Where it is."""
        return FOLDER / self.name

    def ask(self, code: str) -> str:
        """Return what an expression is in this Python."""
        command = f"import platform, sqlite3; print({code})"
        return subprocess.check_output([f"{self.python}", "-c", command], text=True).strip()


def environments() -> list[Environment]:
    """Return a Latin square: one environment for each two of Python, Alembic and SQLAlchemy."""
    oldest_alembic, oldest_sqlalchemy = oldest()
    common = sorted({each for drivers in DRIVERS for each in requirements(*drivers)})
    alembics = [f"=={oldest_alembic}", MIDDLE_ALEMBIC, ""]
    found: list[Environment] = []
    for number, release in enumerate(PYTHONS):
        sqlalchemys = [f"=={FIRST_SQLALCHEMY.get(release, oldest_sqlalchemy)}", "==2.0.*", ""]
        for turn in range(3):
            alembic, sqlalchemy = alembics[turn], sqlalchemys[(number + turn) % 3]
            pinned = [*common, f"alembic{alembic}", f"sqlalchemy{sqlalchemy}"]
            found.append(
                Environment(
                    f"{release}-{turn}",
                    pinned,
                    metadata="",
                    variety="",
                    release=release,
                    alembic=alembic,
                    sqlalchemy=sqlalchemy,
                    number=len(found),
                )
            )
    return found


def install(environment: Environment) -> str:
    """Make the environment, or bring it to the newest allowed versions. Returns why not."""
    if not environment.python.exists():
        python = interpreter(environment.release)
        subprocess.run([python, "-m", "venv", "--without-pip", environment.folder], check=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python"]
    options = ["--quiet", "--prefer-binary", "--upgrade", "--upgrade-strategy=eager"]
    result = subprocess.run(
        [*pip, environment.python, "install", *options, *environment.requirements],
        capture_output=True,
        text=True,
        check=False,
    )
    return corpus.last_error(result.stderr) if result.returncode else ""


# --- The circle -----------------------------------------------------------------------------


@dataclass
class Circle(corpus.Circle):
    """A rendered project in an environment; `database` is mode and driver."""

    answers: dict[str, str]

    @contextmanager
    def new_database(self) -> Iterator[URL]:
        """Create an empty database."""
        with database(self.answers["driver"], self.folder) as url:
            yield url

    @property
    def versions(self) -> set[Path]:
        """The revisions' files."""
        return set(self.folder.glob("src/my_app/migrations/versions/*.py"))

    def make_ours(self, _: URL) -> None:
        """Render the project."""
        with corpus.RENDERS:
            template.render(self.folder, package="my_app", **self.answers)


@dataclass
class Row:
    """What became of an environment."""

    python: str
    alembic: str
    sqlalchemy: str
    others: dict[str, str] = field(default_factory=dict)  # versions of SQLite and the drivers
    date: str = ""
    # By mode and driver: what failed, or nothing. What was not run is not there.
    outcomes: dict[str, str] = field(default_factory=dict)
    not_run: str = ""  # the reason


def run(environment: Environment, work: Path) -> Row:
    """Take each driver around in the environment; `work` holds the projects."""
    row = Row(
        environment.release,
        environment.alembic.strip("=") or "newest",
        environment.sqlalchemy.strip("=") or "newest",
    )
    if not environment.python.exists() and not interpreter(environment.release):
        row.not_run = f"There was no Python {environment.release}."
        return row
    row.date = str(dt.datetime.now(tz=dt.UTC).date())
    if reason := install(environment):
        row.outcomes = {f"{mode} {driver}": f"install: {reason}" for mode, driver in DRIVERS}
        return row
    row.python = environment.ask("platform.python_version()")
    row.others = {"SQLite": environment.ask("sqlite3.sqlite_version"), **environment.versions}
    row.alembic, row.sqlalchemy = row.others.pop("alembic"), row.others.pop("sqlalchemy")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for turn, (mode, driver) in enumerate(DRIVERS):
        if not has_server(driver):
            continue
        shape = SHAPES[(environment.number + turn) % len(SHAPES)]
        outcome = go_around(environment, {"mode": mode, "driver": driver, **shape}, work)
        row.outcomes[f"{mode} {driver}"] = outcome.replace(str(template.ROOT), "…")
        print(f"{environment.name} {mode} {driver}: {outcome or 'closes'}", flush=True)
    return row


def go_around(environment: Environment, answers: dict[str, str], work: Path) -> str:
    """Take a project with these answers around in the environment. Returns what failed."""
    name = f"{answers['mode']}-{answers['driver']}"
    log = work / f"{name}.log"
    try:
        with corpus.Worker.of(environment, log) as worker:
            result = Circle(worker, name, "ours", answers).run(set())
    except BrokenPipeError:  # the worker ended before it was asked
        return f"import: {corpus.last_error(log.read_text())}"
    return f"{result.step}: {result.reason}" if result.step else ""


def has_server(driver: str) -> bool:
    """Tell whether there is a server for the driver."""
    dialect, _ = driver.split("+")
    return dialect == "sqlite" or VARIABLES[SERVERS[dialect]] in os.environ


# --- The page and its picture ---------------------------------------------------------------


def state(row: Row, driver: str) -> str:
    """Return what a cell says: that the circle closes, the step that failed, or `not run`."""
    if driver not in row.outcomes:
        return "not run"
    return row.outcomes[driver].partition(":")[0] or "closes"


def page(rows: list[Row], servers: str) -> str:
    """Return docs/compatibility.md."""
    cells = [state(row, driver) for row in rows for driver in COLUMNS]
    ran = len(cells) - cells.count("not run")
    alembic, sqlalchemy = oldest()
    lines = [
        HEAD.format(
            alembic=alembic,
            sqlalchemy=sqlalchemy,
            pythons=f"{PYTHONS[0]} to {PYTHONS[-1]}",
            closed=cells.count("closes"),
            ran=ran,
            not_run=len(cells) - ran,
            servers=servers,
        )
    ]
    titles = ["Python", "Alembic", "SQLAlchemy", *COLUMNS, "run on"]
    lines += [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for row in rows:
        shown = [state(row, driver) for driver in COLUMNS]
        shown = [each if each in ("closes", "not run") else f"**{each}**" for each in shown]
        versions = [row.python, row.alembic, row.sqlalchemy]
        lines.append(f"| {' | '.join([*versions, *shown, row.date])} |")
    lines += ["", "## What failed", ""]
    failures = [
        f"- Python {row.python}, Alembic {row.alembic}, SQLAlchemy {row.sqlalchemy}, "
        f"{', '.join(drivers)}: {corpus.escaped(outcome, 300)}"
        for row in rows
        for outcome in dict.fromkeys(row.outcomes.values())
        if outcome and (drivers := [each for each in COLUMNS if row.outcomes.get(each) == outcome])
    ]
    lines += failures or ["Nothing."]
    lines += ["", "## What was not run", ""]
    reasons = [row.not_run for row in rows if row.not_run]
    reasons += [
        f"There was no server for {driver}."
        for driver in COLUMNS
        if any(row.outcomes and driver not in row.outcomes for row in rows)
    ]
    lines += [f"- {reason}" for reason in dict.fromkeys(reasons)] or ["Nothing."]
    lines += ["", "## What else was installed", ""]
    for name in sorted({name for row in rows for name in row.others}, key=str.lower):
        found = sorted({row.others[name] for row in rows if name in row.others}, key=Version)
        lines.append(f"- {name} {', '.join(found)}")
    return "\n".join(lines) + "\n"


HEAD = """\
<!-- Written by scripts/compat.py: `make compat` runs it. -->
# Compatibility

Rendered projects were taken through the circle on these versions: autogenerate, upgrade, `check`
is silent, downgrade leaves nothing, upgrade, autogenerate finds nothing, and `upgrade --sql` makes
the same database.

They allow Python {pythons}, Alembic from {alembic} and SQLAlchemy from {sqlalchemy}. Each two of a
Python, an Alembic (the oldest, one between, the newest) and a SQLAlchemy (the oldest that Python
can import, the newest 2.0, the newest that Python can have) meet in a row. In each row are both
values of `config` and the starters `declarative` and `dataclass`. Drivers are the newest.

{closed} of {ran} runs close, {not_run} were not run. Servers: {servers}.

![the table below: green closes, red failed, white was not run](compatibility.svg)
"""


def picture(rows: list[Row]) -> str:
    """Return docs/compatibility.svg: green closes, red failed, white was not run."""
    shapes = []
    for column, title in enumerate(["Python", "Alembic", "SQLAlchemy"]):
        shapes.append(label(LEFT[column], HEADER - 14, title, "title"))
    for column, title in enumerate(COLUMNS):
        mode, driver = title.split()
        middle = FIRST_CELL + column * CELL + CELL / 2
        for line, part in enumerate([mode, *driver.split("+")]):
            shapes.append(label(middle, HEADER - 46 + 16 * line, part, "middle"))
    for number, row in enumerate(rows):
        top = HEADER + number * LINE
        for column, version in enumerate([row.python, row.alembic, row.sqlalchemy]):
            shapes.append(label(LEFT[column], top + 17, version, "version"))
        for column, driver in enumerate(COLUMNS):
            said = state(row, driver)
            kind = {"closes": "closes", "not run": "not-run"}.get(said, "failed")
            left = FIRST_CELL + column * CELL
            shapes.append(
                f'<rect class="{kind}" x="{left + 2}" y="{top + 2}" width="{CELL - 4}" '
                f'height="{LINE - 4}" rx="4"><title>{escape(f"{driver}: {said}")}</title></rect>'
            )
            word = kind.replace("-", " ")  # a step's name may not fit
            shapes.append(label(left + CELL / 2, top + 17, word, f"middle on-{kind}"))
    width = FIRST_CELL + CELL * len(COLUMNS) + 12
    height = HEADER + LINE * len(rows) + 12
    return SVG.format(width=width, height=height, shapes="\n".join(shapes))


LEFT = [14, 92, 160]  # of the versions, in pixels as all here
FIRST_CELL, CELL = 250, 92
HEADER, LINE = 64, 26
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">
<style>
  text {{ font: 12px sans-serif; fill: #1f2328; }}
  .title {{ font-weight: bold; }}
  .middle {{ text-anchor: middle; }}
  .closes {{ fill: #1a7f37; }} .on-closes {{ fill: #ffffff; }}
  .failed {{ fill: #cf222e; }} .on-failed {{ fill: #ffffff; }}
  .not-run {{ fill: #ffffff; stroke: #d1d9e0; }} .on-not-run {{ fill: #59636e; }}
</style>
<rect width="{width}" height="{height}" fill="#ffffff"/>
{shapes}
</svg>
"""


def label(left: float, bottom: float, text: str, kind: str) -> str:
    """Return a text of the picture."""
    return f'<text class="{kind}" x="{left:g}" y="{bottom:g}">{escape(text)}</text>'


def main() -> None:
    """Run the environments of all Pythons, or of those that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pythons", nargs="*", metavar="python", help=f"of {PYTHONS}, default: all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    if unknown := set(arguments.pythons) - set(PYTHONS):
        parser.error(f"not of {', '.join(PYTHONS)}: {', '.join(sorted(unknown))}")
    pythons = arguments.pythons or PYTHONS
    chosen = [each for each in environments() if each.release in pythons]
    for _, driver in DRIVERS:
        missing_driver(driver)  # imports it, which threads may not do at once
    with corpus.running_servers(), ThreadPoolExecutor(arguments.jobs) as executor:
        rows = list(executor.map(lambda each: run(each, each.folder / "work"), chosen))
        if not arguments.pythons:
            servers = corpus.software().partition(", SQLite ")[2].partition(", ")[2]
            PAGE.write_text(page(rows, servers))
            PICTURE.write_text(picture(rows))
    outcomes = Counter(state(row, driver) for row in rows for driver in COLUMNS)
    print(", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common()))


if __name__ == "__main__":
    main()
