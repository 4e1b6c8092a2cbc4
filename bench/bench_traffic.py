"""What clients of a big table feel of an upgrade, on PostgreSQL."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text

import report
from projects import Case, new_case
from support.databases import admin_engine, database, server_url
from traffic import CLIENTS, Felt, clients

ROWS = 2_000_000
HEAD = """\
from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from my_app.db import Base


class Owner(Base):
    __tablename__ = "owner"

    id: Mapped[int] = mapped_column(primary_key=True)


class Item(Base):
    __tablename__ = "item"

    id: Mapped[int] = mapped_column(primary_key=True)
"""
FILL = """
    INSERT INTO item (id, a, b, n, owner_id)
    SELECT i, i % 99, 'b' || i % 999, i, i % 1000 + 1 FROM generate_series(1, {rows}) i
"""
BEFORE = {
    "a": "Mapped[int | None]",
    "b": "Mapped[str | None] = mapped_column(String(30), index=True)",
    "n": "Mapped[int | None]",
    "owner_id": "Mapped[int | None]",
}
# By the kind of change: what is otherwise then.
CHANGES = {
    "an index comes": {"a": "Mapped[int | None] = mapped_column(index=True)"},
    "an index goes": {"b": "Mapped[str | None] = mapped_column(String(30))"},
    "unique": {"n": "Mapped[int | None] = mapped_column(unique=True)"},
    "foreign key": {"owner_id": "Mapped[int | None] = mapped_column(ForeignKey(Owner.id))"},
    "CHECK": {"__table_args__": '(CheckConstraint("a >= 0", name="a"),)'},
    "NOT NULL": {"a": "Mapped[int]"},
    "three columns, two indexes, a foreign key": {
        "note": "Mapped[str | None] = mapped_column(String(99))",
        "flag": "Mapped[bool | None]",
        "place": "Mapped[int | None] = mapped_column(index=True)",
        "a": "Mapped[int | None] = mapped_column(index=True)",
        "owner_id": "Mapped[int | None] = mapped_column(ForeignKey(Owner.id))",
    },
}
SHOWN = "three columns, two indexes, a foreign key"  # in the plot
NOT_SEEN_BY_STOCK = {"CHECK"}
RUNS = 0.3  # of --pairs
LONGEST_WAIT = 0.25  # seconds: the goal
FEWER = 20  # times stock's, where that locks
LOCKS = 1  # seconds of waiting, from which on stock does
LONGER = 1.5  # times stock's seconds


@dataclass
class Runs:
    """Of a side: what the clients felt in each run, and the seconds that the upgrade took."""

    felt: list[Felt] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def longest(self, kind: str) -> float:
        """Return the longest wait in all runs."""
        return max(felt.longest(kind) for felt in self.felt)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """Make a project and a database with many rows, of which each run gets a copy."""
    folder = tmp_path_factory.mktemp("traffic")
    with database("postgresql+psycopg", folder) as url:
        case = new_case(folder, url, "sync", {"item": models({})})
        case.write_first_revision()
        case.to_head()
        case.execute(
            "INSERT INTO owner SELECT generate_series(1, 1000)",
            FILL.format(rows=ROWS),
            "ANALYZE",
        )
        yield case


def models(change: dict[str, str]) -> str:
    """Return the models with a change."""
    attributes = BEFORE | change
    lines = [
        f"    {name}{' =' if name.startswith('__') else ':'} {told}\n"
        for name, told in attributes.items()
    ]
    return HEAD + "".join(lines)


@pytest.mark.parametrize("change", CHANGES)
def bench_upgrade(change: str, case: Case, request: pytest.FixtureRequest) -> None:
    (case.path / "src" / "my_app" / "models" / "item.py").write_text(models(CHANGES[change]))
    case.forget_new_revisions()
    sides = ["ours"] if change in NOT_SEEN_BY_STOCK else ["stock", "ours"]
    with copy_of(case):
        for side in sides:
            case.command(side, "revision", "--autogenerate", "--message", "change")()
    runs = {side: Runs() for side in sides}
    pairs = max(3, round(request.config.getoption("--pairs") * RUNS))
    for side in itertools.islice(itertools.cycle([*sides, *sides[::-1]]), pairs * len(sides)):
        with copy_of(case), clients(conninfo(case), ROWS) as felt:
            begun = time.monotonic()
            case.command(side, "upgrade", "head")()
            runs[side].seconds.append(round(time.monotonic() - begun, 2))
        runs[side].felt.append(felt)
    report.keep("traffic", {"change": change}, {}, cells=cells(runs))
    if change == SHOWN and request.config.getoption("--write"):
        waits = {side: each.felt[-1].waits for side, each in runs.items()}
        report.plot_waits(waits)


@contextmanager
def copy_of(case: Case) -> Iterator[None]:
    """Give the project a copy of its database."""
    base, name = case.url, f"{case.url.database}_copy"
    admin = admin_engine("postgresql")
    with admin.connect() as connection:
        connection.execute(
            text(f"CREATE DATABASE {name} TEMPLATE {base.database} STRATEGY file_copy")
        )
        connection.execute(text("CHECKPOINT"))
    case.url = base.set(database=name)
    try:
        yield
    finally:
        case.url = base
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def conninfo(case: Case) -> str:
    """Return what psycopg connects to."""
    url = server_url("postgresql").set(drivername="postgresql", database=case.url.database)
    return url.render_as_string(hide_password=False)


def cells(runs: dict[str, Runs]) -> dict[str, object]:
    """Return the figures of a row, and whether they are good."""
    found: dict[str, object] = {}
    for side in ("stock", "ours"):
        for kind in CLIENTS:
            waits = f"{runs[side].longest(kind):.3f}" if side in runs else "does not see it"
            found[f"{side}: longest wait of a {kind}, s"] = waits
    for side in ("stock", "ours"):
        seconds = sorted(runs[side].seconds) if side in runs else []
        found[f"{side}: upgrade, s"] = seconds[len(seconds) // 2] if seconds else "—"
    found["runs"] = len(runs["ours"].seconds)
    missed = [name for name, met in goals(runs).items() if not met]
    found["goals"] = f"**missed**: {', '.join(missed)}" if missed else "met"
    return found


def goals(runs: dict[str, Runs]) -> dict[str, bool]:
    """Return which goals are met."""
    ours = runs["ours"]
    met = {"longest wait": all(ours.longest(kind) <= LONGEST_WAIT for kind in CLIENTS)}
    if stock := runs.get("stock"):
        for kind in CLIENTS:
            if stock.longest(kind) >= LOCKS:
                fewer = ours.longest(kind) * FEWER <= stock.longest(kind)
                met[f"{FEWER} times less ({kind})"] = fewer
        ratio = min(ours.seconds) / min(stock.seconds)
        met[f"{LONGER} times the time"] = ratio <= LONGER
    return met
