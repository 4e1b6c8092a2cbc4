# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How MySQL and MariaDB change a primary key: at once, and AUTO_INCREMENT with it."""

from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Dialect, MetaData, Table
from sqlalchemy.schema import CreateColumn

from .asking import AskingImpl
from .checks import changes_in
from .keys import AddPrimaryKeyOp, changed_keys
from .operations import OpList, as_text


class PrimaryKeyOp(ops.ExecuteSQLOp):
    """Drops a primary key and adds another: no row is without one in between."""

    def __init__(self, sql: str, columns: list[str]) -> None:
        """Take the statement, and the columns of the key that it adds."""
        super().__init__(sql)
        self.columns = columns


def change_primary_keys(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Make primary keys anew that have other columns."""
    inspector = cast("AskingImpl", context.impl).inspector
    for table, old, new in changed_keys(context):
        if [*old.columns] == ["my_row_id"] and not new.columns:
            continue  # of sql_generate_invisible_primary_key
        counted: Column[Any] | None = None
        for each in inspector.get_columns(table.name, schema=table.schema):
            if each.get("autoincrement") is True:
                counted = Column(
                    each["name"], each["type"], comment=each.get("comment")
                )
        there, wanted = (old, counted), (new, table.autoincrement_column)
        change_key(context, changes_in(upgrade, table).ops, there, wanted)
        change_key(context, changes_in(downgrade, table).ops, wanted, there)


# A primary key, and the column in it that has AUTO_INCREMENT.
Key = tuple[AddPrimaryKeyOp, Column[Any] | None]


def change_key(
    context: MigrationContext, changes: OpList, before: Key, after: Key
) -> None:
    """Change a key, and which column has AUTO_INCREMENT; mysql_order.py orders all."""
    (old, counted), (new, counts) = before, after
    quote = context.dialect.identifier_preparer.quote
    clauses = ["DROP PRIMARY KEY"] if old.columns else []
    if getattr(counted, "name", None) != getattr(counts, "name", None):
        for op in changes:
            if isinstance(op, ops.AlterColumnOp):
                op.kw.pop("autoincrement", None)
        if counted is not None:
            changes.insert(0, set_autoincrement(old, counted, on=False))
        adds = [
            op for op in changes if counts is not None and adds_column(op, counts.name)
        ]
        if counts is not None and adds:  # each row has its number at once
            changes.remove(adds[0])
            clauses.append(f"ADD COLUMN {spelt(counts, context.dialect)}")
        elif counts is not None:
            changes.append(set_autoincrement(new, counts, on=True))
    if new.columns:
        columns = ", ".join(quote(str(column)) for column in new.columns)
        clauses.append(f"ADD PRIMARY KEY ({columns})")
    schema = f"{quote(new.schema)}." if new.schema else ""
    statement = f"ALTER TABLE {schema}{quote(new.table_name)} {', '.join(clauses)}"
    sql = as_text(statement, context.dialect)
    changes.append(PrimaryKeyOp(sql, [*map(str, new.columns)]))
    for op in changes:
        if isinstance(op, ops.AlterColumnOp) and op.modify_nullable is True:
            op.info["late"] = True  # a part of the key may not be NULL


def adds_column(op: object, name: str) -> bool:
    """Return whether an operation adds a column of this name."""
    return isinstance(op, ops.AddColumnOp) and op.column.name == name


def set_autoincrement(
    key: AddPrimaryKeyOp, column: Column[Any], *, on: bool
) -> ops.AlterColumnOp:
    """Return what gives a column AUTO_INCREMENT, or takes it away."""
    op = ops.AlterColumnOp(
        key.table_name,
        column.name,
        schema=key.schema,
        existing_type=column.type,
        existing_nullable=False,
        existing_comment=column.comment,
        autoincrement=on,
    )
    op.info.update({"counts": True, "late": on})
    return op


def spelt(column: Column[Any], dialect: Dialect) -> str:
    """Return a column with AUTO_INCREMENT in SQL."""
    same = Column(column.name, column.type, primary_key=True, comment=column.comment)
    table = Table("t", MetaData(), same)
    return str(CreateColumn(table.columns[column.name]).compile(dialect=dialect))
