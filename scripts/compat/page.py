"""docs/compatibility.md and its picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

from packaging.version import Version

from scripts.compat.environments import COLUMNS, PYTHONS, oldest
from scripts.worker import escaped
from support.template import ROOT

PAGE = ROOT / "docs" / "compatibility.md"
PICTURE = PAGE.with_suffix(".svg")


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
        f"{', '.join(drivers)}: {escaped(outcome, 300)}"
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
<!-- Written by `make compat`. -->
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
