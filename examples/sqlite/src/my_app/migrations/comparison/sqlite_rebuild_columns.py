# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which columns a batch drops, changes and adds, and which options of the table."""

from collections.abc import Mapping
from typing import Any

from alembic.operations.batch import ApplyBatchImpl
from alembic.util import CommandError
from sqlalchemy import Column
from sqlalchemy.types import NullType, UserDefinedType

from .sqlite_create_table import CreateTable, Part
from .sqlite_tokens import Clause, names, sql, tokens


class NoType(UserDefinedType[Any]):
    """The type of a column that is declared without one."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return what is declared."""
        return ""


def drop_columns(
    batch: ApplyBatchImpl, statement: CreateTable, compiler: Any
) -> set[str]:
    """Drop columns with what is theirs alone, and return which names are gone."""
    transfers, anew = batch.column_transfers.items(), made_anew(batch)
    kept = [batch.columns[key].name for key, how in transfers if "expr" in how]
    kept += anew
    every = {name.lower() for name in statement.columns}
    gone = every - {column.name.lower() for column in batch.columns.values()}
    statement.parts = [each for each in statement.parts if each.name in (None, *kept)]
    for part, clause in statement.clauses():
        if clause.kind == "generated" and part.name in anew:
            continue
        if clause.kind in ("check", "generated"):
            used = names(clause.said) & every
        else:
            used = {name.lower() for name in clause.columns if part.name is None}
        lost = used & gone
        if not lost:
            continue
        if clause.kind == "generated" or (clause.kind == "check" and used - lost):
            raise CommandError(
                f"{batch.table.name}.{lost.pop()} can't be dropped before what needs "
                f"it:{sql(clause.tokens)}"
            )
        if clause.kind == "primary" and used - lost:
            left = [name for name in clause.columns if name.lower() not in lost]
            columns = ", ".join(map(compiler.preparer.quote, left))
            start = [token.text for token in clause.tokens].index("(")
            clause.tokens[start:] = tokens(f"({columns})")
        else:
            part.clauses.remove(clause)
    return gone


def change_columns(
    batch: ApplyBatchImpl, statement: CreateTable, compiler: Any
) -> None:
    """Change and add columns, and put them in their order."""
    columns = list[Part]()
    for key, column in batch.columns.items():
        part = specification(column, compiler)
        if "expr" in batch.column_transfers[key] or key in made_anew(batch):
            new, part = part, statement.columns[column.name]
            change(part, specification(batch.table.c[key], compiler), new)
        columns.append(part)
    constraints = [part for part in statement.parts if part.name is None]
    statement.parts = columns + constraints


def made_anew(batch: ApplyBatchImpl) -> set[str]:
    """Return the generated columns that are dropped and added again."""
    return {
        name
        for name, how in batch.column_transfers.items()
        if name in batch.table.columns and "expr" not in how
        if batch.table.columns[name].computed and batch.columns[name].computed
    }


def specification(column: Column[Any], compiler: Any) -> Part:
    """Return the column as SQLAlchemy writes it."""
    if isinstance(column.type, NullType):
        column.type = NoType()
    said = [compiler.get_column_specification(column)]
    said += [compiler.process(constraint) for constraint in column.constraints]
    return Part.of(tokens("\n\t" + " ".join(said)))


def change(part: Part, old: Part, new: Part) -> None:
    """Change a column in what is not the same before and after."""
    if sql(old.column[1:]) != sql(new.column[1:]):
        part.column[1:] = new.column[1:]
    for kind in ("collate", "default", "not", "generated"):
        before, now = old.clause(kind), new.clause(kind)
        if (before and before.words) != (now and now.words):
            part.replace(kind, now)
    collation = part.clause("collate")
    if collation and collation.words == ["collate", "binary"]:
        part.replace("collate", None)  # that of a column without one


def change_options(options: Mapping[str, Any], statement: CreateTable) -> None:
    """Make the table STRICT, WITHOUT ROWID or AUTOINCREMENT, or no longer."""
    there = statement.options
    strict = options.get("sqlite_strict", "strict" in there)
    rowid = options.get("sqlite_with_rowid", "without" not in there)
    wanted = {"strict": strict, "without": not rowid}
    if there != {name for name, is_wanted in wanted.items() if is_wanted}:
        words = ["STRICT"] * strict + ["WITHOUT ROWID"] * (not rowid)
        statement.tail[1:] = tokens(" " + ", ".join(words))
    autoincrement = options.get("sqlite_autoincrement", statement.has_autoincrement)
    if not statement.primary_key or autoincrement == statement.has_autoincrement:
        return
    part, clause = statement.primary_key
    if not autoincrement:
        clause.tokens.pop()
        return
    name = part.name or clause.columns[0]
    part.clauses.remove(clause)
    key = Clause(tokens(" PRIMARY KEY AUTOINCREMENT"))
    statement.columns[name].replace("primary", key)
