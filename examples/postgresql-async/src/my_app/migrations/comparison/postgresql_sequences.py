# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which options of sequences change on PostgreSQL, also of those in an IDENTITY."""

from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    BigInteger,
    Connection,
    Dialect,
    Identity,
    Integer,
    Sequence,
    SmallInteger,
    text,
)
from sqlalchemy.types import TypeEngine

from .names import LONGEST
from .operations import OpList, executes
from .postgresql_types import columns_of_models
from .schemas import sequence_of

Options = dict[str, int | bool]

TYPES = {"smallint": SmallInteger(), "integer": Integer(), "bigint": BigInteger()}
THERE = """
    SELECT nspname AS schema, relname AS name, format_type(seqtypid, NULL) AS type,
        seqincrement AS increment, seqmin AS minvalue, seqmax AS maxvalue,
        seqstart AS start, seqcache AS cache, seqcycle AS cycle
    FROM pg_sequence JOIN pg_class ON pg_class.oid = seqrelid
    JOIN pg_namespace ON pg_namespace.oid = relnamespace
"""
SQL = {
    "increment": "INCREMENT BY",
    "minvalue": "MINVALUE",
    "maxvalue": "MAXVALUE",
    "start": "START WITH",
    "cache": "CACHE",
}


def serial_name(table: str, column: str) -> str:
    """Return the name that PostgreSQL gives a column's sequence: it cuts the longer."""
    one, two = len(table), len(column)
    while one + two + len("__seq") > LONGEST:
        one, two = (one - 1, two) if one > two else (one, two - 1)
    return f"{table[:one]}_{column[:two]}_seq"


def options_of(item: Identity | Sequence, type_: TypeEngine[Any] | None) -> Options:
    """Return all options, also those that are not given."""
    options = limits(item.increment or 1, type_)
    if item.minvalue is not None:
        options["minvalue"] = item.minvalue
    if item.maxvalue is not None:
        options["maxvalue"] = item.maxvalue
    first = options["minvalue" if options["increment"] > 0 else "maxvalue"]
    options["start"] = first if item.start is None else item.start
    return options | {"cache": item.cache or 1, "cycle": bool(item.cycle)}


def limits(increment: int, type_: TypeEngine[Any] | None) -> Options:
    """Return from where to where a sequence goes by itself."""
    bits = 63
    if isinstance(type_, Integer) and not isinstance(type_, BigInteger):
        bits = 15 if isinstance(type_, SmallInteger) else 31
    low, high = (1, 2**bits - 1) if increment > 0 else (-(2**bits), -1)
    return {"increment": increment, "minvalue": low, "maxvalue": high}


def changed(
    before: Identity | Sequence,
    after: Identity | Sequence,
    before_type: TypeEngine[Any] | None,
    after_type: TypeEngine[Any] | None,
) -> set[str]:
    """Return the names of options that change, but for what goes with the type."""
    old, new = options_of(before, before_type), options_of(after, after_type)
    own = {
        option
        for option, value in limits(new["increment"], after_type).items()
        if value == new[option]
        and old[option] == limits(old["increment"], before_type)[option]
    }
    return {option for option in new if new[option] != old[option]} - (
        own - {"increment"}
    )


def change_sequences(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Change the sequences that columns take their defaults from."""
    sequences = {
        (sequence.schema, sequence.name): sequence
        for column in columns_of_models(context)
        if (sequence := sequence_of(column))
    }
    if not sequences:
        return
    default = context.dialect.default_schema_name
    for row in cast("Connection", context.connection).execute(text(THERE)).mappings():
        schema = None if row["schema"] == default else row["schema"]
        if not (wanted := sequences.get((schema, row["name"]))):
            continue
        options = {option: row[option] for option in (*SQL, "cycle")}
        there = Sequence(
            row["name"], schema=schema, data_type=TYPES[row["type"]], **options
        )
        upgrade.ops += alter(there, wanted, context.dialect)
        downgrade.ops += alter(wanted, there, context.dialect)


def alter(before: Sequence, after: Sequence, dialect: Dialect) -> OpList:
    """Return what makes a sequence another, if it is not the same."""
    types = [
        each.data_type or before.data_type or after.data_type
        for each in (before, after)
    ]
    differ, options = changed(before, after, *types), options_of(after, types[1])
    told = [f"{word} {options[name]}" for name, word in SQL.items() if name in differ]
    if "cycle" in differ:
        told.append("CYCLE" if options["cycle"] else "NO CYCLE")
    if type(types[0]) is not type(types[1]):
        told.insert(
            0, f"AS {dialect.type_compiler_instance.process(cast('Any', types[1]))}"
        )
    name = dialect.identifier_preparer.format_sequence(after)
    return (
        [executes(f"ALTER SEQUENCE {name} {' '.join(told)}", dialect)] if told else []
    )
