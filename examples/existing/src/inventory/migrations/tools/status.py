# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Where a database is: its revisions, what is half done, and who migrates it."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError, load_python_file

HERE = Path(__file__).resolve().parent
ARGUMENTS: dict[str, dict[str, Any]] = {
    "--json": {
        "dest": "form",
        "action": "store_const",
        "const": "json",
        "default": "table",
        "help": "Print all of it as JSON",
    },
    "--all": {
        "dest": "shown",
        "action": "store_const",
        "const": None,
        "default": 1,
        "help": "Print each revision that was applied, not the last one and a count",
    },
}
environment = load_python_file(HERE, "environment.py")


class Finding(NamedTuple):
    """What of a database someone should know beside its revisions."""

    state: str
    name: str
    about: str


def status(
    config: Config, form: Literal["table", "json"] = "table", shown: int | None = 1
) -> None:
    """Show which revisions a database has, what is half done, and who migrates it.

    It waits for no migration, and changes nothing.
    """
    scripts = ScriptDirectory.from_config(config)

    def show(current: tuple[str, ...], migration: MigrationContext) -> None:
        revisions = [*scripts.walk_revisions()]  # the last first
        known = [each for each in current if there(scripts, each)]
        upper: Any = tuple(known)
        unknown = [each for each in current if each not in known]
        done = {each.revision for each in scripts.iterate_revisions(upper, "base")}
        applied = [each for each in revisions if each.revision in done]
        # No upgrade runs while one is unknown, which may follow any of these.
        pending = [s for s in revisions[::-1] if s.revision not in done and not unknown]
        found = [*findings(migration)]
        if form == "json":
            lines: Iterable[str] = [as_json(current, applied, pending, unknown, found)]
        else:
            lines = as_table(applied, pending, unknown, found, shown)
        for line in lines:
            config.print_stdout("%s", line)

    environment.read(config, scripts, show)


def there(scripts: ScriptDirectory, name: str) -> bool:
    """Return whether the code has this revision, and not one that begins like it."""
    try:
        found = scripts.get_revision(name)
    except CommandError:
        return False
    return found is not None and found.revision == name


def findings(migration: MigrationContext) -> Iterator[Finding]:
    """Yield what only this kind of database knows."""
    dialect = migration.dialect.name.replace("mariadb", "mysql")
    if (HERE / f"{dialect}_status.py").exists():
        for each in load_python_file(HERE, f"{dialect}_status.py").findings(migration):
            yield Finding(*each)


def as_json(
    current: Iterable[str],
    applied: Iterable[Script],
    pending: Iterable[Script],
    unknown: Iterable[str],
    found: Iterable[Finding],
) -> str:
    """Return an object whose keys are always the same."""

    def revisions(scripts: Iterable[Script]) -> list[dict[str, object]]:
        return [
            {
                "revision": each.revision,
                "message": each.doc,
                "contract": bool(getattr(each.module, "contract", False)),
            }
            for each in scripts
        ]

    everything = {
        "current": [*current],
        "unknown": [*unknown],
        "applied": revisions(applied),
        "pending": revisions(pending),
        "findings": [each._asdict() for each in found],
    }
    return json.dumps(everything, indent=2)


def as_table(
    applied: list[Script],
    pending: list[Script],
    unknown: list[str],
    found: list[Finding],
    shown: int | None,
) -> Iterator[str]:
    """Yield the lines of a table."""

    def row(state: str, each: Script) -> Finding:
        contract = " (contract)" if getattr(each.module, "contract", False) else ""
        return Finding(state, each.revision, each.doc + contract)

    rows = [row("applied", each) for each in applied[:shown]]
    if hidden := len(applied) - len(rows):
        rows.append(Finding("applied", f"{hidden:,} more", "before it"))
    rows += [row("pending", each) for each in pending]
    rows += [Finding("unknown", each, "no revision of this code") for each in unknown]
    rows += found
    if not rows:
        yield "There is no revision"
    first, second = (max((len(each[i]) for each in rows), default=0) for i in (0, 1))
    for each in rows:
        about = " ".join(each.about.split())
        yield f"{each.state:{first}}  {each.name:{second}}  {about}".rstrip()
