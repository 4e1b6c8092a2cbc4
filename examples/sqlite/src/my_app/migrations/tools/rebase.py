# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""The revisions of one branch on top of another's, where both went on from the same."""

import ast
import re
from pathlib import Path
from typing import Any, cast

from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError, load_python_file, to_tuple

HERE = Path(__file__).resolve().parent
ARGUMENTS: dict[str, dict[str, Any]] = {}


def rebase(config: Config, revision: str) -> None:
    """Put this head and its branch on top of the other head, and mend heads.txt."""
    scripts = ScriptDirectory.from_config(config)
    own = scripts.get_revision(revision)
    if not own or not own.is_head:
        heads = ", ".join(scripts.get_heads())
        raise CommandError(f"{revision} is no head: name your branch's, one of {heads}")
    if other := other_head(scripts, own):
        first = first_of(scripts, own, other)
        change_parent(first, other.revision)
        config.print_stdout(
            "%s",
            f"{first.revision} now goes on from {other.revision}. A database that has "
            "run it already would never run that: there, undo this, and merge heads",
        )
    mended = ScriptDirectory.from_config(config)
    heads_py = load_python_file(HERE.parent, "heads.py")
    heads_py.write({*mended.get_heads()}, {})


def other_head(scripts: ScriptDirectory, own: Script) -> Script | None:
    """Return the head on which the branch is put."""
    others = [head for head in scripts.get_revisions("heads") if head is not own]
    if len(others) > 1:
        names = ", ".join(head.revision for head in others)
        related = [h for h in others if ancestors(scripts, h) & ancestors(scripts, own)]
        if len(related) != 1:
            raise CommandError(f"{names} are heads too: join them by alembic merge")
        others = related
    return others[0] if others else None


def first_of(scripts: ScriptDirectory, own: Script, other: Script) -> Script:
    """Return the oldest of the revisions that are only on this branch."""
    branch = ancestors(scripts, own) - ancestors(scripts, other)
    names = {each.revision for each in branch}
    first = [each for each in branch if not names & {*each._all_down_revisions}]
    if len(first) != 1 or len(to_tuple(first[0].down_revision, default=())) > 1:
        raise CommandError(
            f"The branch of {own.revision} has merges: run alembic merge heads"
        )
    return first[0]


def ancestors(scripts: ScriptDirectory, revision: Script) -> set[Script]:
    """Return this revision and all before it."""
    return {*scripts.iterate_revisions(revision.revision, "base", inclusive=True)}


def change_parent(revision: Script, parent: str) -> None:
    """Write another parent into the file, which otherwise stays as it is."""
    file = Path(revision.path)
    source = file.read_bytes().decode()
    lines = source.splitlines(keepends=True)
    for node in ast.parse(source).body:
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and any(
            isinstance(each, ast.Name) and each.id == "down_revision"
            for each in targets
        ):
            value = cast("ast.expr", node.value)
            start, end = value.lineno - 1, value.end_lineno or value.lineno
            before = lines[start].encode()[: value.col_offset].decode()
            after = lines[end - 1].encode()[value.end_col_offset :].decode()
            lines[start:end] = [f'{before}"{parent}"{after}']
    text = re.sub(r"(?m)^Revises:.*?(\r?)$", rf"Revises: {parent}\1", "".join(lines))
    file.write_bytes(text.encode())
