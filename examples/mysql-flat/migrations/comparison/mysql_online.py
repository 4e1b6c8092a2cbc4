# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which changes are refused on MySQL and MariaDB: others couldn't write meanwhile."""

import logging
from collections.abc import Iterator
from textwrap import wrap
from typing import Any, cast

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from .mysql_asked import answers
from .operations import OpList, flat

log = logging.getLogger("alembic.autogenerate")
INSTEAD = (
    "change a big table with gh-ost or pt-online-schema-change, or a type by another"
    ' column and op.backfill(); or safe_because = "..." in the revision'
)


class RefuseOp(ops.MigrateOperation):
    """Ends a revision, unless it says why it is safe."""

    def __init__(self, reasons: list[str]) -> None:
        """Take what stops those who write."""
        self.reasons = reasons


@renderers.dispatch_for(RefuseOp)
def render_refuse(context: AutogenContext, op: RefuseOp) -> str:
    """Return Python that raises an error."""
    context.imports.add("from alembic.util import CommandError")
    message = f"{'; '.join(op.reasons)}: {INSTEAD}"
    lines = wrap(message, 70, drop_whitespace=False, break_long_words=False)
    said = "\n".join(f"        {line!r}" for line in lines)
    return f"if not safe_because:\n    raise CommandError(\n{said}\n    )"


def refuse_locks(
    context: MigrationContext, directives: list[ops.MigrationScript]
) -> None:
    """Have a revision refuse what stops others, and else say LOCK=NONE."""
    if context._in_external_transaction:
        return  # which CREATE TABLE would commit
    revision = context.opts["revision_context"]
    scripts = [each for script in directives for each in script.upgrade_ops_list]
    asked = [
        [*answers(context, operations, keys_without_rows(operations))]
        for operations in map(flat, scripts)
    ]
    written = revision.generate_scripts

    def generate_scripts() -> Iterator[Any]:
        # Not before: `check` shows what is in the directives.
        for script, reasons in zip(scripts, asked, strict=True):
            do_without_rows(script)
            if refused := [reason for reason in reasons if reason]:
                script.ops.insert(0, RefuseOp(refused))
        return cast("Iterator[Any]", written())

    for reasons in asked:
        for reason in filter(None, reasons):
            log.warning(reason)
    if any(asked) and not any(map(any, asked)):
        revision.template_args["mysql_lock"] = "NONE"
    revision.generate_scripts = generate_scripts


def keys_without_rows(operations: OpList) -> OpList:
    """Return foreign keys whose columns are new: no row has a value to look up."""
    new = {
        (op.schema, op.table_name, op.column.name)
        for op in operations
        if isinstance(op, ops.AddColumnOp)
        and op.column.nullable
        and op.column.server_default is None
    }
    return [
        op
        for op in operations
        if isinstance(op, ops.CreateForeignKeyOp)
        and {(op.kw.get("source_schema"), op.source_table, c) for c in op.local_cols}
        <= new
    ]


def do_without_rows(script: ops.OpContainer) -> None:
    """Have no table copied for a foreign key that no row can break."""
    empty = keys_without_rows(flat(script))
    for container in (script, *script.ops):
        if isinstance(container, ops.OpContainer):
            for op in [each for each in container.ops if each in empty]:
                place = container.ops.index(op)
                off, on = (
                    ops.ExecuteSQLOp(f"SET foreign_key_checks = {n}") for n in (0, 1)
                )
                container.ops[place : place + 1] = [off, op, on]
