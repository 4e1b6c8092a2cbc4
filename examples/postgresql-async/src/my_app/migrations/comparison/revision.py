# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How a revision is written, and when none is."""

import logging
import sys
from collections.abc import Container, Iterator
from copy import copy
from dataclasses import dataclass
from importlib.util import find_spec
from subprocess import run
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory, write_hooks
from alembic.util import rev_id as new_id
from sqlalchemy import Column

from .operations import OpList, flat

log = logging.getLogger("alembic.autogenerate")


def format_with_ruff(script: ScriptDirectory) -> None:
    """Have ruff format the revision, if it is installed and no hook is configured."""
    if find_spec("ruff") and not script.hooks:
        script.hooks = [{"_hook_name": "ruff", "type": "check and format"}]


@write_hooks.register("check and format")
def check_and_format(path: str, _: object) -> None:
    """Call ruff twice: one command for both is not there."""
    for command in ("check --select F401,I --fix-only", "format"):
        options = [*command.split(), "--no-cache", "--quiet", path]
        run([sys.executable, "-m", "ruff", *options], check=False)


def say_no_more(context: MigrationContext, container: ops.OpContainer) -> None:
    """Take out arguments that say what holds without them."""
    mysql = context.dialect.name in ("mysql", "mariadb")
    for op in flat(container):
        if isinstance(op, ops.AlterColumnOp) and not mysql:
            op.kw.pop("autoincrement", None)  # which MySQL alone is told again
        items: list[Any] = [*op.columns] if isinstance(op, ops.CreateTableOp) else []
        keys = [i for i in items if isinstance(i, Column) and i.primary_key]
        foreign = {k for i in items for k in getattr(i, "column_keys", ())}
        if len(keys) == 1 and keys[0].autoincrement is True:
            keys[0].autoincrement = keys[0].key in foreign or "auto"


@dataclass
class Part:
    """What one of several revisions does of a change."""

    upgrade: OpList
    downgrade: OpList
    what: str = ""  # beside the message
    contract: bool = False  # waits until the old code is gone
    expand: bool = False  # though the new code needs it


def write(
    context: MigrationContext, directives: list[ops.MigrationScript], parts: list[Part]
) -> None:
    """Write a file for each part, and none when nothing has changed."""
    revision = context.opts["revision_context"]
    changes = [each for script in directives for each in script.upgrade_ops_list]
    if not revision.command_args["autogenerate"]:
        return

    def say_so() -> Iterator[None]:
        log.info("The models and the database agree: there is no revision to write")
        return iter(())

    def write_parts() -> Iterator[Any]:
        (script,) = directives
        notes = revision.template_args["notes"]
        for part, each in zip(parts, in_line(context, script, parts), strict=True):
            drops = any(map(loses, flat(cast("Any", each.upgrade_ops))))
            revision.template_args["notes"] = notes if drops else []
            revision.template_args |= {"contract": part.contract, "expand": part.expand}
            yield revision._to_script(each)

    # Not now: `check` counts what is in the directives.
    if all(each.is_empty() for each in changes):
        revision.generate_scripts = say_so
    elif parts:
        revision.generate_scripts = write_parts


def loses(op: ops.MigrateOperation) -> bool:
    """Return whether an operation drops what has rows."""
    return isinstance(op, ops.DropTableOp | ops.DropColumnOp)


def in_line(
    context: MigrationContext, script: ops.MigrationScript, parts: list[Part]
) -> Iterator[ops.MigrationScript]:
    """Yield a revision for each part, each on the one before."""
    revisions = cast("ScriptDirectory", context.script).revision_map._revision_map
    head, rev_id = script.head, str(script.rev_id)
    for number, part in enumerate(parts):
        each = copy(script)
        each.head, each.rev_id = head, rev_id
        if part.what and len(parts) > 1:
            each.message = ": ".join(filter(None, (script.message, part.what)))
        if part.contract:
            each.message = f"contract: {each.message or ''}"
        if number:
            each.splice, each.branch_label, each.depends_on = False, None, None
        upgrade: Any = copy(script.upgrade_ops)
        downgrade: Any = copy(script.downgrade_ops)
        upgrade.ops, downgrade.ops = part.upgrade, part.downgrade
        each.upgrade_ops, each.downgrade_ops = upgrade, downgrade
        yield each
        head, rev_id = rev_id, next_id(rev_id, revisions)


def next_id(rev_id: str, taken: Container[Any]) -> str:
    """Return an id that sorts after another, as their files do."""
    length = len(rev_id)
    for digits, base, form in ("0123456789", 10, "d"), ("0123456789abcdef", 16, "x"):
        if not rev_id.strip(digits):
            following = f"{int(rev_id, base) + 1:0{length}{form}}"
            if len(following) == length and following not in taken:
                return following
    return new_id()
