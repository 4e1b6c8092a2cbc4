# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which statements of a revision lock tables in use."""

import json
import logging
import os
import sys
from copy import copy
from io import StringIO
from pathlib import Path
from shutil import which
from subprocess import run
from typing import Any, cast

from alembic.operations import Operations, ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine.mock import MockConnection

from .operations import OpList, flat, is_executed

log = logging.getLogger("alembic.autogenerate")


def warn_of_locks(
    context: MigrationContext, directives: list[ops.MigrationScript]
) -> None:
    """Say what locks tables in use, if squawk is installed: it knows the locks."""
    path = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    squawk = which("squawk", path=os.pathsep.join(path))
    scripts = [each for script in directives for each in script.upgrade_ops_list]
    statements = as_sql(context, [op for each in scripts for op in flat(each)])
    if not squawk or not statements:
        return
    command = [squawk, "--assume-in-transaction", "--reporter=json"]
    done = run(command, input=statements, capture_output=True, text=True, check=False)
    lines = statements.splitlines()
    # Not of style or timeouts; and what is dropped is said anyway.
    others = ("ban-", "prefer-", "require-lock-", "require-statement-")
    for found in json.loads(done.stdout or "[]"):
        rule, line = found["rule_name"], lines[found["line"]]
        not_valid = rule == "constraint-missing-not-valid" and " UNIQUE " in line
        if not (rule.startswith(others) or not_valid):  # which UNIQUE can't be
            log.warning("%s %s %s", line, found["message"], found["help"] or "")


def as_sql(context: MigrationContext, operations: OpList) -> str:
    """Return what operations will tell PostgreSQL."""
    buffer = StringIO()
    offline = copy(context)
    offline.impl = type(context.impl)(
        context.dialect,
        connection=cast("Any", MockConnection(context.dialect, lambda *_, **__: None)),
        as_sql=True,
        transactional_ddl=None,
        output_buffer=buffer,
        context_opts={"literal_binds": True},
    )
    offline.as_sql = True
    for op in filter(is_executed, operations):
        Operations(offline).invoke(as_written(op))
    return buffer.getvalue()


def as_written(op: ops.MigrateOperation) -> ops.MigrateOperation:
    """Return the operation as it is written: an index of the column stands alone."""
    if isinstance(op, ops.AddColumnOp):
        op = copy(op)
        op.column = copy(op.column)
        op.column.index = op.column.unique = None
    return op
