"""Operations: their order, the names of constraints, and SQL in them."""

from __future__ import annotations

import itertools
import re
from typing import Any, cast

import pytest
import sqlalchemy as sa
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from comparison.checks import compare_checks
from comparison.drops import rename_table
from comparison.names import name_checks, name_constraints
from comparison.operations import added_columns, as_text, executes, flat
from comparison.order import order_tables
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg

POSTGRESQL: sa.Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
SQLITE: sa.Dialect = sqlite.dialect()
CONTEXT = MigrationContext.configure(dialect=POSTGRESQL)


def table(metadata: sa.MetaData, name: str, *refers_to: str) -> sa.Table:
    """Return a table with a column for each of those to which it refers."""
    keys = [(other, sa.ForeignKey(f"{other}.id")) for other in refers_to]
    columns: list[sa.Column[Any]] = [sa.Column(other, key) for other, key in keys]
    return sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)


def directions(tables: dict[str, tuple[str, ...]], order: tuple[str, ...]) -> Any:
    """Return what creates and what drops tables, in an order."""
    metadata = sa.MetaData()
    for name, refers_to in tables.items():
        table(metadata, name, *refers_to)
    creates = [ops.CreateTableOp.from_table(metadata.tables[name]) for name in order]
    drops = [ops.DropTableOp.from_table(metadata.tables[name]) for name in order]
    return ops.UpgradeOps(creates), ops.DowngradeOps(drops)


def names(container: ops.OpContainer) -> list[str]:
    """Return what each operation does to which table."""
    return [f"{type(op).__name__} {table_of(op)}" for op in container.ops]


def table_of(op: Any) -> str:
    """Return the table of an operation."""
    return str(getattr(op, "source_table", None) or op.table_name)


# --- Order ----------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(itertools.permutations("abc")), ids="".join)
def test_tables_are_created_before_those_that_refer_to_them_and_dropped_after(
    order: tuple[str, ...],
) -> None:
    upgrade, downgrade = directions({"a": (), "b": ("a",), "c": ("b", "a")}, order)
    order_tables(CONTEXT, upgrade, downgrade)
    assert names(upgrade) == ["CreateTableOp a", "CreateTableOp b", "CreateTableOp c"]
    assert names(downgrade) == ["DropTableOp c", "DropTableOp b", "DropTableOp a"]


@pytest.mark.parametrize("order", list(itertools.permutations("ab")), ids="".join)
def test_foreign_keys_of_a_circle_come_after_the_tables_and_go_before(
    order: tuple[str, ...],
) -> None:
    upgrade, downgrade = directions({"a": ("b",), "b": ("a",)}, order)
    order_tables(CONTEXT, upgrade, downgrade)
    tables, keys = names(upgrade)[:2], upgrade.ops[2:]
    assert sorted(tables) == ["CreateTableOp a", "CreateTableOp b"]
    assert sorted(key.constraint_name for key in keys) == ["fk_a_b", "fk_b_a"]
    assert [type(op) for op in downgrade.ops[2:]] == [ops.DropTableOp, ops.DropTableOp]
    assert [op.constraint_name for op in downgrade.ops[:2]] == [op.constraint_name for op in keys]


def test_long_names_of_foreign_keys_of_a_circle_are_not_cut_to_the_same() -> None:
    long, longer = "a" * 60, "a" * 61
    upgrade, _ = directions({long: (longer,), longer: (long,)}, (long, longer))
    order_tables(CONTEXT, upgrade, ops.DowngradeOps([]))
    made_up = {key.constraint_name for key in upgrade.ops[2:]}
    assert len(made_up) == 2
    assert max(map(len, made_up)) == 63


def test_foreign_key_to_a_table_that_is_there_stays_in_its_table() -> None:
    upgrade, downgrade = directions({"a": (), "b": ("a",)}, ("b",))
    order_tables(CONTEXT, upgrade, downgrade)
    assert names(upgrade) == ["CreateTableOp b"]
    assert [item for item in upgrade.ops[0].columns if isinstance(item, sa.ForeignKeyConstraint)]


# --- Names ----------------------------------------------------------------------------------


def checked(*checks: sa.CheckConstraint) -> list[str]:
    """Return the names of a table's CHECKs, as they are given."""
    of = sa.Table("t", sa.MetaData(), sa.Column("price", sa.Integer), *checks)
    name_checks(of, SQLITE)
    found = [item for item in of.constraints if isinstance(item, sa.CheckConstraint)]
    return sorted(str(check.name) for check in found)


def test_name_of_a_check_depends_on_what_it_says_and_on_no_other_check() -> None:
    alone = checked(sa.CheckConstraint("price > 1"))
    assert re.fullmatch("ck_t_price_[0-9a-f]{6}", alone[0])
    others = sa.CheckConstraint("price > 0"), sa.CheckConstraint("price > 2", name="mine")
    assert {*alone, "mine"} < {*checked(sa.CheckConstraint("price > 1"), *others)}


def test_name_of_a_check_says_its_columns_and_is_not_too_long() -> None:
    price, long = sa.Column("price", sa.Integer), sa.Column("n" * 70, sa.Integer)
    of = sa.Table("t", sa.MetaData(), price, long, sa.CheckConstraint(price > 0))
    of.append_constraint(sa.CheckConstraint(long > 0))
    name_checks(of, SQLITE)
    found = {str(c.name)[:-7] for c in of.constraints if isinstance(c, sa.CheckConstraint)}
    assert found == {"ck_t_price", f"ck_t_{'n' * 51}"}


# What the models have and the database has, by name; then what is added and what is dropped.
CHECKS: list[tuple[dict[str, str], dict[str, str], set[str], set[str]]] = [
    ({}, {"theirs": "a > 0"}, set(), set()),
    ({}, {"ck_t_a_0123ab": "a > 0"}, set(), {"ck_t_a_0123ab"}),
    ({"mine": "a > 0"}, {"mine": "a > 0"}, set(), set()),
    ({"mine": "a > 0"}, {"mine": "a > 1"}, {"mine"}, {"mine"}),
    ({"mine": "a > 0"}, {"theirs": "a > 0"}, set(), set()),
    ({"ck_t_a_0123ab": "a > 0"}, {"ck_t_2": "a > 0"}, set(), set()),
    ({"ck_t_a_0123ab": "a > 0"}, {"ck_t_2": "a > 1"}, {"ck_t_a_0123ab"}, {"ck_t_2"}),
    ({"ck_t_a_0123ab": "a > 0"}, {"ck_t_a": "a > 1"}, {"ck_t_a_0123ab"}, {"ck_t_a"}),
    ({"ck_t_a_0123ab": "a > 0"}, {"t_check": "a > 1"}, {"ck_t_a_0123ab"}, set()),
    ({}, {"theirs": "lost > 0"}, set(), {"theirs"}),
    ({"mine": "a IN ('lost')"}, {"mine": "a IN ('lost')"}, set(), set()),
]


@pytest.mark.parametrize(("models", "there", "added", "dropped"), CHECKS)
def test_check_is_recognised_by_its_name_or_by_what_it_says(
    models: dict[str, str], there: dict[str, str], added: set[str], dropped: set[str]
) -> None:
    of = sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer))
    found: list[Any] = [{"name": name, "sqltext": sql} for name, sql in there.items()]
    new, old = compare_checks(of, models, found, models, {"lost"})
    assert (set(new), set(old)) == (added, dropped)


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (ops.CreateForeignKeyOp(None, "t", "u", ["a", "b"], ["x", "y"]), "fk_t_a_b"),
        (ops.CreateForeignKeyOp("mine", "t", "u", ["a"], ["x"]), "mine"),
        (ops.CreateUniqueConstraintOp(None, "t", ["a"]), "uq_t_a"),
        (ops.CreateUniqueConstraintOp(None, "t", ["a" * 70]), f"uq_t_{'a' * 51}_ca8f1d"),
        (ops.CreateUniqueConstraintOp(None, "t", ["a"]).reverse(), "uq_t_a"),
    ],
)
def test_constraint_that_is_added_to_a_table_gets_a_name(op: Any, expected: str) -> None:
    name_constraints([ops.ModifyTableOps("t", [op])])
    assert op.constraint_name == expected


# --- SQL and what else operations hold ------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a > 1", "a > 1"),
        ("a = ':b'", r"a = '\:b'"),
        ("a::text", "a::text"),
        ("a = ' : '", "a = ' : '"),
        (r"a = '\:b'", r"a = '\\:b'"),
    ],
)
def test_text_takes_sql_with_a_colon_as_it_is(sql: str, expected: str) -> None:
    assert as_text(sql, SQLITE) == expected
    compiled = sa.text(expected).compile(dialect=SQLITE)
    assert str(compiled) == sql
    assert not compiled.params


def test_percent_signs_that_a_driver_wants_doubled_are_single_in_a_revision() -> None:
    dialect = psycopg.PGDialect_psycopg()  # type: ignore[no-untyped-call]
    assert as_text("a LIKE '%%x'", dialect) == "a LIKE '%x'"
    assert as_text("a LIKE '%%x'", SQLITE) == "a LIKE '%%x'"


def test_statement_is_executed_as_the_database_writes_it() -> None:
    create = sa.schema.CreateSequence(sa.Sequence("s", start=7))
    assert executes(create, POSTGRESQL).sqltext == "CREATE SEQUENCE s START WITH 7"


def test_operations_in_containers_are_found() -> None:
    add = ops.AddColumnOp("t", sa.Column("a", sa.Integer))
    drop = ops.DropTableOp("u")
    inner = ops.ModifyTableOps("t", [add])
    assert flat(ops.UpgradeOps([inner, drop])) == [add, drop]
    create = ops.CreateTableOp("v", [sa.Column("b", sa.Integer), sa.PrimaryKeyConstraint("b")])
    assert [column.name for column in added_columns([inner, drop, create])] == ["a", "b"]


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        ({"new": ("id", "a")}, "op.rename_table('old', 'new')"),
        ({"other": ("x",)}, "op.rename_table('old', 'new_name')"),
        ({"less": ("id", "x"), "more": ("id", "a", "b")}, "op.rename_table('old', 'more')"),
    ],
)
def test_table_is_renamed_to_the_one_that_has_most_of_its_columns(
    created: dict[str, tuple[str, ...]], expected: str
) -> None:
    def columns(*names: str) -> list[sa.Column[Any]]:
        return [sa.Column(name, sa.Integer) for name in names]

    old = sa.Table("old", sa.MetaData(), *columns("id", "a", "b"))
    changes = [
        cast("Any", ops.CreateTableOp(name, columns(*there))) for name, there in created.items()
    ]
    assert rename_table(ops.DropTableOp.from_table(old), changes) == expected
