"""docs/corpus.md."""

from __future__ import annotations

import datetime as dt

from scripts.corpus.packages import DRIVERS, TITLES, packages
from scripts.corpus.runs import KINDS, Result
from scripts.running_servers import software
from scripts.worker import escaped
from support.template import ROOT

PAGE = ROOT / "docs" / "corpus.md"
HEAD = """\
<!-- Written by `make corpus`. -->
# The corpus

Schemas of public packages, each taken through the circle: autogenerate, upgrade, `check` is silent,
downgrade leaves nothing, upgrade, autogenerate finds nothing, and `upgrade --sql` makes the same
database. *Stock* is what `alembic init` writes, with the URL, the metadata and the imports of the
models filled in; *ours* is this template with `project=existing`. Nobody edits the revision. A cell
names the step that failed; `create_all` means that the database refuses the schema itself.

*Older form* is this template where the package changes: five things of its models are drawn that
were otherwise (columns, types, defaults, indexes, keys, CHECKs, labels), the database is made from
that form and gets rows, and then the real models come. Autogenerate, upgrade, `check`: the database
is what the real models make of an empty one, and the rows are there. Downgrade: it is what it was.

Run on {date} with {versions}.
"""


def page(results: list[Result], versions: dict[str, dict[str, str]]) -> str:
    """Return the page."""
    by_key = {(each.package, each.database, each.kind): each for each in results}
    runs = sorted({(each.package, each.database) for each in results})
    of_runs = {run: [by_key.get((*run, kind)) for kind in KINDS] for run in runs}
    lines = [HEAD.format(date=dt.datetime.now(tz=dt.UTC).date(), versions=", ".join(software()))]
    lines += ["| database | runs | stock closes | ours closes | older form comes and goes |"]
    lines += ["|---|---|---|---|---|"]
    for name in [*DRIVERS, "all"]:
        chosen = [run for run in runs if name in (run[1], "all")]
        closing = [
            sum(each is not None and not each.step for each in of_a_kind)
            for of_a_kind in zip(*(of_runs[run] for run in chosen), strict=True)
        ]
        counts = closing or [0] * len(KINDS)
        lines.append(row(TITLES.get(name, "all"), len(chosen), *counts))
    lines += ["", "## Runs", ""]
    lines += [
        "| package | tables | database | stock | ours | older form | reason |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        row(package, tables(found), TITLES[name], *map(cell, found), reasons(found))
        for (package, name), found in of_runs.items()
    ]
    lines += ["", "## What does not close, and why", ""]
    for (package, name), (_, *ours) in of_runs.items():
        if any(each and each.step for each in ours):
            why = packages()[package].known or "not known"
            lines.append(f"- {package} on {TITLES[name]}: {why}")
    lines += ["", "## Packages", ""]
    lines += ["| package | installed | SQLAlchemy | Alembic | adds |", "|---|---|---|---|---|"]
    for each in packages().values():
        if found := dict(versions.get(each.name, {})):
            common = [found.pop(name) for name in ("sqlalchemy", "alembic")]
            installed = ", ".join(f"{name} {version}" for name, version in found.items())
            lines.append(row(each.name, installed, *common, each.variety))
    return "\n".join(lines) + "\n"


def row(*cells: object) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(map(str, cells))} |"


def tables(found: list[Result | None]) -> int | str:
    """Return how many tables there were, if any."""
    return max((each.tables for each in found if each and each.kind != "older"), default=0) or ""


def cell(result: Result | None) -> str:
    """Return what a table says of a result."""
    if result is None:
        return "—"
    return f"**{result.step}**" if result.step else "closes"


def reasons(found: list[Result | None]) -> str:
    """Return why some did not close, once where it is the same."""
    kinds: dict[str, list[str]] = {}
    for each in found:
        if each and each.step:
            kinds.setdefault(each.reason, []).append(each.kind)
    return "<br>".join(f"{', '.join(of)}: {escaped(reason)}" for reason, of in kinds.items())
