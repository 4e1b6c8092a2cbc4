"""What was measured, as docs/benchmarks.json, docs/benchmarks.md and its plots."""

from __future__ import annotations

import itertools
import json
import os
import platform
import random
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

DOCS = Path(__file__).resolve().parents[1] / "docs"
RESAMPLES = 2000
GOAL = 1.02  # times stock
GOAL_WITH_300_MODULES = 0.7
COLOURS = {"stock": "#888888", "ours": "#1f6feb"}
PLOTS = {"modules": "modules", "tables": "tables", "history": "revisions"}  # and what grows
DRIVERS = ["psycopg", "asyncpg", "pymysql", "aiomysql", "aiosqlite"]


@dataclass
class Times:
    """The seconds of each run of a side: that passed, and of processor time."""

    seconds: list[float]
    processor: list[float]


MEASURED: dict[str, dict[str, Any]] = {}


def keep(
    point: str,
    row: dict[str, Any],
    times: dict[str, Times],
    base: str = "stock",
    cells: dict[str, Any] | None = None,
) -> None:
    """Keep a row of a point: what was run, the times of each side, and what else was found."""
    sides = {name: asdict(each) for name, each in times.items()}
    kept = MEASURED.setdefault(point, {"machine": machine(), "rows": []})
    kept["rows"].append({"row": row, "base": base, "sides": sides, "cells": cells or {}})


def machine() -> str:
    """Say what it was measured on."""
    packages = ["alembic", "sqlalchemy", "copier", *DRIVERS]
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    python = f"Python {platform.python_version()}"
    cores = f"{os.cpu_count()} cores"
    return f"{platform.system()} {platform.machine()}, {cores}, {python}, {versions}"


def ratio(base: list[float], other: list[float]) -> tuple[float, float, float]:
    """Return the ratio of the medians, and where it is in 95% of resamples of the pairs."""
    pairs = list(zip(base, other, strict=True))
    chance = random.Random(0)  # noqa: S311 # the same report from the same figures
    found = []
    for _ in range(RESAMPLES):
        bases, others = zip(*chance.choices(pairs, k=len(pairs)), strict=True)
        found.append(median(others) / median(bases))
    found.sort()
    low, high = found[RESAMPLES // 40], found[-RESAMPLES // 40]
    return median(other) / median(base), low, high


def spread(base: list[float], other: list[float]) -> str:
    """Return the ratio and its spread, as it stands in a table."""
    middle, low, high = ratio(base, other)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def verdict(row: dict[str, Any], sides: dict[str, Any]) -> str:
    """Return whether the goal is met, or in the spread."""
    large = row.get("modules", 0) >= 300
    goal = GOAL_WITH_300_MODULES if large else GOAL
    _, low, high = ratio(sides["stock"]["seconds"], sides["ours"]["seconds"])
    if high <= goal:
        return "met"
    return "**missed**" if low > goal else "in the spread"


def table(point: dict[str, Any]) -> list[str]:
    """Return the lines of a point's table."""
    lines: list[list[str]] = []
    for entry in point["rows"]:
        row, sides, base = entry["row"], entry["sides"], entry["base"]
        cells = {name: str(value) for name, value in (row | entry["cells"]).items()}
        if base == "stock" and sides:
            stock, ours = sides["stock"], sides["ours"]
            cells["stock, s"] = f"{median(stock['seconds']):.3f}"
            cells["ours, s"] = f"{median(ours['seconds']):.3f}"
            cells["ours / stock"] = spread(stock["seconds"], ours["seconds"])
            cells["processor time"] = spread(stock["processor"], ours["processor"])
            if "stock, frozen" in sides:
                frozen = sides["stock, frozen"]["seconds"]
                cells["ours / stock, frozen"] = spread(frozen, ours["seconds"])
            cells["pairs"] = str(len(stock["seconds"]))
            cells["goal"] = verdict(row, sides)
            add(lines, cells)
            continue
        for name, times in sides.items():
            each = {**cells, "what": name}
            each["median, ms"] = f"{median(times['seconds']) * 1000:.1f}"
            if any(times["processor"]):
                each["processor time, ms"] = f"{median(times['processor']) * 1000:.1f}"
            if base:
                each[f"times {base}"] = spread(sides[base]["seconds"], times["seconds"])
            add(lines, each)
        if not sides:
            add(lines, cells)
    return [f"| {' | '.join(cells)} |" for cells in lines]


def growth(rows: list[dict[str, Any]], grows: str) -> list[str]:
    """Return the lines of a table that says what one more costs."""
    lines: list[list[str]] = []
    for what, group in panels(rows, grows).items():
        for one, other in itertools.pairwise(group):
            sizes = [entry["row"][grows] for entry in (one, other)]
            cells = {"what": what, grows: "{} to {}".format(*sizes)}
            for side in COLOURS:
                medians = [median(entry["sides"][side]["seconds"]) for entry in (one, other)]
                slope = (medians[1] - medians[0]) / (sizes[1] - sizes[0])
                cells[f"{side}, ms for one more"] = f"{slope * 1000:.2f}"
            add(lines, cells)
    return [f"| {' | '.join(cells)} |" for cells in lines]


def panels(rows: list[dict[str, Any]], grows: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows by what was run, from the smallest to the largest."""

    def panel(entry: dict[str, Any]) -> str:
        return ", ".join(str(value) for key, value in entry["row"].items() if key != grows)

    ordered = sorted(rows, key=lambda entry: (panel(entry), entry["row"][grows]))
    groups = {key: list(group) for key, group in itertools.groupby(ordered, panel)}
    return {key: group for key, group in groups.items() if len(group) > 1} or groups


def add(lines: list[list[str]], cells: dict[str, str]) -> None:
    """Add a line to a table, under a head if it is the first."""
    if not lines:
        lines += [list(cells), ["---"] * len(cells)]
    lines.append(list(cells.values()))


def text() -> str:
    """Return the tables of what was measured in this run."""
    return "\n\n".join("\n".join([point, *table(kept)]) for point, kept in MEASURED.items())


def write(*, whole: bool = False) -> None:
    """Write the documents; rows that a run of a part did not measure stay as they were."""
    data = DOCS / "benchmarks.json"
    kept = {} if whole else json.loads(data.read_text())
    for name, point in MEASURED.items():
        measured = [entry["row"] for entry in point["rows"]]
        before = kept.get(name, {"machine": "", "rows": []})
        if before["machine"] == point["machine"]:
            point["rows"] += [entry for entry in before["rows"] if entry["row"] not in measured]
        kept[name] = point
    lines = ",\n".join(
        f'{json.dumps(name)}: {{\n"machine": {json.dumps(kept[name]["machine"])},\n"rows": [\n'
        + ",\n".join(json.dumps(row) for row in kept[name]["rows"])
        + "\n]}"
        for name in sorted(kept)
    )
    data.write_text(f"{{\n{lines}\n}}\n")
    document = (Path(__file__).parent / "benchmarks.md.in").read_text()
    for name, point in kept.items():
        parts = ["\n".join(table(point)), f"Measured on: {point['machine']}."]
        if name in PLOTS:
            plot(name, point["rows"])
            parts.insert(1, "\n".join(growth(point["rows"], PLOTS[name])))
            parts.insert(0, f"![seconds, by the number of {PLOTS[name]}](benchmarks-{name}.svg)")
        document = document.replace(f"<!-- {name} -->", "\n\n".join(parts))
    (DOCS / "benchmarks.md").write_text(document)


def plot(name: str, rows: list[dict[str, Any]]) -> None:
    """Draw a point's curves, one panel for each thing that was run."""
    import matplotlib as mpl  # noqa: PLC0415 # only for --write

    mpl.use("svg")
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "bench", "font.size": 9})
    from matplotlib import pyplot as plt  # noqa: PLC0415

    grows = PLOTS[name]
    groups = panels(rows, grows)
    lines = -(-len(groups) // 2)
    figure, axes = plt.subplots(lines, 2, figsize=(8, 2.8 * lines), squeeze=False)
    for axis in axes.flat[len(groups) :]:
        axis.remove()
    for axis, (title, group) in zip(axes.flat, groups.items(), strict=False):
        sizes = [entry["row"][grows] for entry in group]
        for side, colour in COLOURS.items():
            medians = [median(entry["sides"][side]["seconds"]) for entry in group]
            axis.plot(sizes, medians, marker="o", markersize=3, color=colour, label=side)
        axis.set(title=title, xlabel=grows, ylabel="seconds", ylim=(0, None))
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="y", linewidth=0.3)
        axis.legend(frameon=False)
    save(figure, name)


def plot_waits(waits: dict[str, dict[str, list[tuple[float, float]]]]) -> None:
    """Draw how long the queries of the clients took, over the time of an upgrade, by side."""
    import matplotlib as mpl  # noqa: PLC0415 # only for --write

    mpl.use("svg")
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "bench", "font.size": 9})
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axes = plt.subplots(1, len(waits), figsize=(8, 2.8), sharey=True, sharex=True)
    for axis, (side, kinds) in zip(axes, waits.items(), strict=True):
        begun = min(start for each in kinds.values() for start, _ in each)
        for kind, colour in {"reader": "#1f6feb", "writer": "#d1242f"}.items():
            longest: dict[int, float] = {}  # of each twentieth of a second, by when it ended
            for start, seconds in kinds[kind]:
                slot = int((start + seconds - begun) * 20)
                longest[slot] = max(seconds, longest.get(slot, 0))
            times = sorted(longest)
            axis.plot(
                [slot / 20 for slot in times],
                [longest[slot] for slot in times],
                color=colour,
                linewidth=1,
                label=f"longest wait of a {kind}",
            )
        axis.set(title=side, xlabel="seconds")
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="y", linewidth=0.3)
    axes[0].set(ylabel="seconds that a query takes", ylim=(0, None))
    axes[-1].legend(frameon=False)
    save(figure, "traffic")


def save(figure: Any, name: str) -> None:
    """Write a plot of the documents."""
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure.tight_layout()
    svg = DOCS / f"benchmarks-{name}.svg"
    figure.savefig(svg, metadata={"Date": None})
    plt.close(figure)
    svg.write_text("\n".join(line.rstrip() for line in svg.read_text().splitlines()) + "\n")


if __name__ == "__main__":
    write()
