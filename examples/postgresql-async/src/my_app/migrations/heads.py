# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""heads.txt names the head: git has a conflict where two branches each add a revision.

Several heads, as of two histories, have a line each, in a place of their own with an
empty line between: so they are changed without a conflict.
"""

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import to_tuple

FILE = Path(__file__).with_name("heads.txt")


def add(config: Config, revision: str, parents: str | tuple[str, ...] | None) -> None:
    """Name a revision that is about to be written (script.py.mako), not its parents."""
    old = to_tuple(parents, default=())
    there = {*ScriptDirectory.from_config(config).get_heads()}
    write((there - {*old}) | {revision}, dict.fromkeys(old, revision))


def write(heads: set[str], follows: dict[str, str]) -> None:
    """Write these heads, each in the place of what it follows, or else at the end."""
    lines = FILE.read_text("utf-8").split() if FILE.exists() else []
    kept = [name for line in lines if (name := follows.get(line, line)) in heads]
    names = [*dict.fromkeys([*kept, *sorted(heads)])]
    FILE.write_text("\n\n".join(names) + "\n", "utf-8")
