# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How what runs outside a transaction is written, and what operations change."""

from operator import attrgetter
from textwrap import indent
from typing import Any, cast

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import render_op
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from .operations import AddCheckOp, render_add_check
from .postgresql_constraint_changes import AddUniqueOp


class OutsideOp(ops.OpContainer, ops.MigrateOperation):
    """Operations that each commit by themselves."""


class CommentOp(ops.MigrateOperation):
    """A line for who reads the revision."""

    def __init__(self, line: str) -> None:
        """Take the line."""
        self.line = line


class NotValidCheckOp(AddCheckOp):
    """Adds a CHECK that only new rows must meet."""


@renderers.dispatch_for(OutsideOp)
def render_outside(context: AutogenContext, op: OutsideOp) -> str:
    """Return Python that executes operations outside a transaction."""
    lines = [line for each in op.ops for line in render_op(context, each)]
    block = "with op.get_context().autocommit_block():"
    return f"{block}\n{indent(chr(10).join(lines), '    ')}"


@renderers.dispatch_for(CommentOp)
def render_comment(_: AutogenContext, op: CommentOp) -> str:
    """Return the line."""
    return f"# {op.line}"


@renderers.dispatch_for(NotValidCheckOp)
def render_not_valid_check(context: AutogenContext, op: NotValidCheckOp) -> str:
    """Return Python that adds a CHECK that is not valid."""
    return f"{render_add_check(context, op)[:-1]}, postgresql_not_valid=True)"


def table_of(op: ops.MigrateOperation) -> tuple[str | None, str]:
    """Return schema and name of an operation's table."""
    names: Any = op
    if isinstance(op, ops.CreateForeignKeyOp):
        return op.kw.get("source_schema"), op.source_table
    return getattr(names, "schema", None), getattr(names, "table_name", "")


def in_sql(context: MigrationContext, op: ops.MigrateOperation) -> str:
    """Return an operation's table as SQL has it."""
    schema, name = table_of(op)
    preparer = context.dialect.identifier_preparer
    quoted = preparer.quote(name)
    return f"{preparer.quote_schema(schema)}.{quoted}" if schema else quoted


def quote_name(context: MigrationContext, name: str) -> str:
    """Return an index or a constraint as SQL has it: a longer name is cut."""
    preparer = cast("Any", context.dialect.identifier_preparer)
    return str(preparer.truncate_and_render_constraint_name(name))


def changes_type(op: ops.MigrateOperation) -> bool:
    """Return whether an operation may give a column another type, or name."""
    if isinstance(op, ops.AlterColumnOp):
        return op.modify_type is not None or op.modify_name is not None
    return isinstance(op, ops.ExecuteSQLOp) and not isinstance(op, AddUniqueOp)


def undone(op: Any) -> Any:
    """Return what adds the constraint or the index that an operation drops."""
    if isinstance(op, ops.DropIndexOp):  # GeoAlchemy2's has a reverse() that fails
        return ops.CreateIndexOp.from_index(op.to_index())
    return op.reverse()


def is_like(old: Any, new: Any) -> bool:
    """Return whether the code that uses one of these can do with the other."""
    if isinstance(new, ops.CreateIndexOp):
        return not (old.unique and new.unique)
    names = attrgetter("local_cols", "remote_cols", "referent_table")
    return bool(names(old) == names(new))


def is_primary_key(op: ops.MigrateOperation) -> bool:
    """Return whether an operation is on a primary key, with which its columns go."""
    return getattr(op, "constraint_type", None) in ("primary", "primarykey")
