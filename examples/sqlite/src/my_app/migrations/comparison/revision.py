# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How a revision is written, and when none is."""

import logging
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from subprocess import run
from typing import Any

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory, write_hooks
from sqlalchemy import Column

from .operations import flat

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
    noise = "postgresql_nulls_not_distinct"
    for op in flat(container):
        kw = getattr(op, "kw", {})
        if isinstance(op, ops.AlterColumnOp) and context.dialect.name not in (
            "mysql",
            "mariadb",
        ):
            kw.pop("autoincrement", None)  # which MySQL alone is told again
        if kw.get(noise) is False:
            del kw[noise]
        items: list[Any] = [*op.columns] if isinstance(op, ops.CreateTableOp) else []
        for item in items:
            if getattr(item, "dialect_kwargs", {}).get(noise) is False:
                del item.dialect_kwargs[noise]
        keys = [i for i in items if isinstance(i, Column) and i.primary_key]
        foreign = {k for i in items for k in getattr(i, "column_keys", ())}
        if len(keys) == 1 and keys[0].autoincrement is True:
            keys[0].autoincrement = keys[0].key in foreign or "auto"


def write_no_empty_revision(
    context: MigrationContext, directives: list[ops.MigrationScript]
) -> None:
    """Write no file when nothing has changed."""
    revision = context.opts["revision_context"]
    changes = [ops for script in directives for ops in script.upgrade_ops_list]
    empty = all(each.is_empty() for each in changes)

    def say_so() -> Iterator[None]:
        log.info("The models and the database agree: there is no revision to write")
        return iter(())

    if empty and revision.command_args["autogenerate"]:
        revision.generate_scripts = say_so
