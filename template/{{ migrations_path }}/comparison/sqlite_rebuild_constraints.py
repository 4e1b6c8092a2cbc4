# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which constraints a batch drops, names and adds."""

from typing import Any

from alembic.operations.batch import ApplyBatchImpl
from sqlalchemy import (
    CheckConstraint,
    Column,
    Constraint,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    UniqueConstraint,
)

from .sqlite_create_table import CreateTable, Part
from .sqlite_tokens import Clause, sql, tokens

KINDS: dict[type[Any], set[str]] = {
    CheckConstraint: {"check"},
    ForeignKeyConstraint: {"foreign", "references"},
    PrimaryKeyConstraint: {"primary"},
    UniqueConstraint: {"unique"},
}


def drop_constraints(
    batch: ApplyBatchImpl, statement: CreateTable, compiler: Any
) -> None:
    """Drop constraints that go, and name those that Alembic has named."""
    for constraint in read(batch):
        places = places_of(constraint, statement, compiler)
        if not stays(constraint, batch):
            for part, clause in places:
                part.clauses.remove(clause)
        elif constraint.name and places and places[0][1].name is None:
            name = compiler.preparer.format_constraint(constraint)
            give_name(name, *places[0], statement)


def add_constraints(
    batch: ApplyBatchImpl, statement: CreateTable, compiler: Any
) -> None:
    """Add constraints that are new."""
    there = read(batch)
    now = [*batch.named_constraints.values(), *batch.unnamed_constraints]
    now += [each for each in batch.table_args if isinstance(each, Constraint)]
    for constraint in now:
        rule = getattr(constraint, "_create_rule", None)  # that of a column's type
        if constraint not in there and (rule is None or rule(compiler)):
            told = compiler.process(constraint)
            for part, clause in those_that_say(told, constraint, statement):
                part.clauses.remove(clause)  # under another name: a column was renamed
            add(told, statement)


def those_that_say(
    told: str, constraint: Any, statement: CreateTable
) -> list[tuple[Part, Clause]]:
    """Return unique constraints and foreign keys that are there and say the same."""
    if not isinstance(constraint, UniqueConstraint | ForeignKeyConstraint):
        return []
    kinds, rest = KINDS[type(constraint)], after_columns(Clause(tokens(told)))
    columns = [column.name.lower() for column in constraint.columns]
    return [
        (part, clause)
        for part, clause in statement.clauses()
        if clause.kind in kinds and columns_of(part, clause) == columns
        if after_columns(clause) == rest
    ]


def after_columns(clause: Clause) -> list[str]:
    """Return what a constraint says after its columns."""
    words, of = clause.words, "references"
    if of in words:
        return words[words.index(of) :]
    return words[words.index(")") + 1 :] if ")" in words else words[1:]


def add(constraint: str, statement: CreateTable) -> None:
    """Add a constraint of the table."""
    statement.parts.append(Part.of(tokens(f"\n\t{constraint}")))


def read(batch: ApplyBatchImpl) -> list[Any]:
    """Return the constraints that Alembic has read, or was told of."""
    of_columns = [each for column in batch.table.c for each in column.constraints]
    return [*batch.table.constraints, *of_columns]


def stays(constraint: Any, batch: ApplyBatchImpl) -> bool:
    """Return whether the batch leaves a constraint alone."""
    if getattr(constraint, "_type_bound", False):
        columns = [batch.columns.get(column.key) for column in constraint.columns]
        types = [column.type for column in columns if column is not None]
        return any(getattr(each, "create_constraint", False) for each in types)
    if isinstance(constraint.parent, Column):
        column = batch.columns.get(constraint.parent.key)
        there = [] if column is None else [each.name for each in column.constraints]
        return constraint.name in there
    if constraint.name:  # two may have the same
        return batch.named_constraints.get(constraint.name) in read(batch)
    if batch.reflected and isinstance(constraint, CheckConstraint):
        # Alembic forgets these, and asks in table_args for all that there should be.
        return not any(isinstance(each, CheckConstraint) for each in batch.table_args)
    return constraint in batch.unnamed_constraints


def places_of(
    constraint: Any, statement: CreateTable, compiler: Any
) -> list[tuple[Part, Clause]]:
    """Return where a constraint stands: by its name, or else by what it says."""
    kinds = KINDS.get(type(constraint), set())
    there = [each for each in statement.clauses() if each[1].kind in kinds]
    if found := [
        each for each in there if constraint.name and each[1].name == constraint.name
    ]:
        return found
    unnamed = [each for each in there if each[1].name is None]
    if isinstance(constraint, CheckConstraint):
        words = Clause(tokens(compiler.process(constraint))).words
        return [each for each in unnamed if each[1].words == words]
    columns = [column.name.lower() for column in constraint.columns]
    found = [each for each in unnamed if columns_of(*each) == columns]
    if isinstance(constraint, ForeignKeyConstraint):
        table, _, _ = constraint.elements[0].target_fullname.rpartition(".")
        exact = [each for each in found if each[1].referred.lower() == table.lower()]
        return exact or found  # its table may have been renamed
    return found


def columns_of(part: Part, clause: Clause) -> list[str]:
    """Return the columns of a constraint."""
    columns = [part.name] if part.name is not None else clause.columns
    return [name.lower() for name in columns]


def give_name(name: str, part: Part, clause: Clause, statement: CreateTable) -> None:
    """Name a constraint; that of a column becomes one of the table, to be found."""
    start = f"CONSTRAINT {name}"
    column = sql(part.column[:1]).strip()
    if part.column and clause.kind == "references":
        part.clauses.remove(clause)
        add(f"{start} FOREIGN KEY ({column}){sql(clause.tokens)}", statement)
    elif part.column and clause.kind == "unique":
        part.clauses.remove(clause)
        add(f"{start} UNIQUE ({column}){sql(clause.tokens[1:])}", statement)
    else:
        clause.tokens[:0] = tokens(f" {start}")
