# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What is recreated around a change on PostgreSQL: views, triggers, CHECKs, ..."""

from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from graphlib import TopologicalSorter
from itertools import chain

from alembic.util import CommandError
from sqlalchemy import Connection, text

from .postgresql_definitions import Definition, Level, Node, definitions

Graph = defaultdict[Node, set[Node]]

# A thing is one with what PostgreSQL keeps in it.
PARTS = """
    SELECT 'pg_type', typarray, 'pg_type', oid, 0 FROM pg_type WHERE typarray <> 0
    UNION ALL SELECT 'pg_type', reltype, 'pg_class', oid, 0
    FROM pg_class WHERE relkind IN ('v', 'm')
    UNION ALL SELECT 'pg_rewrite', oid, 'pg_class', ev_class, 0
    FROM pg_rewrite WHERE rulename = '_RETURN'
    UNION ALL SELECT 'pg_class', conindid, 'pg_constraint', oid, 0
    FROM pg_constraint WHERE contype IN ('p', 'u', 'x')
    UNION ALL SELECT 'pg_attrdef', d.oid, 'pg_class', adrelid, adnum
    FROM pg_attrdef d JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
    WHERE attgenerated <> ''
"""
# The number of a column counts for tables, whose columns change one by one.
DEPENDS = """
    SELECT classid::regclass::text, objid,
        CASE WHEN o.relkind IN ('r', 'p') THEN objsubid ELSE 0 END,
        refclassid::regclass::text, refobjid,
        CASE WHEN r.relkind IN ('r', 'p') THEN refobjsubid ELSE 0 END
    FROM pg_depend
    LEFT JOIN pg_class o ON o.oid = objid AND classid = 'pg_class'::regclass
    LEFT JOIN pg_class r ON r.oid = refobjid AND refclassid = 'pg_class'::regclass
    WHERE objid >= 16384 AND deptype IN ('n', 'a')
"""
# What nothing is known of: PostgreSQL takes some of it along, and says no to the rest.
ODD = """
    SELECT pg_describe_object(CAST(asked.catalogue AS regclass), asked.oid, 0)
    FROM (
        SELECT CAST(:catalogue AS text) AS catalogue, CAST(:oid AS oid) AS oid
    ) AS asked LEFT JOIN pg_class c ON c.oid = asked.oid AND catalogue = 'pg_class'
    WHERE CASE WHEN :known THEN EXISTS (
            SELECT FROM pg_depend WHERE deptype = 'e'
            AND classid = CAST(asked.catalogue AS regclass) AND objid = asked.oid
        )
        WHEN catalogue = 'pg_class' THEN relkind IN ('c', 'f')
        ELSE catalogue NOT IN (
            'pg_attrdef', 'pg_constraint', 'pg_publication_rel', 'pg_trigger'
        ) END
"""


def dependents(
    connection: Connection, changed: Mapping[Node, Level], gone: AbstractSet[Node]
) -> list[Definition]:
    """Return what depends on columns and types, each before what it depends on itself.

    With a thing that changes comes the level from which on PostgreSQL keeps what
    depends on it. What is gone by then is left out.
    """
    graph = who_depends(connection)
    gone = {*gone, *chain.from_iterable(graph[node] for node in gone)}
    reached = [*changed]
    for node in reached:
        reached += graph[node].difference(reached)
    known = definitions(connection, {*reached})
    found: dict[Node, list[Node]] = {}
    unknown: set[Node] = set()
    todo = [*changed]
    for node in todo:
        found[node] = []
        for each in sorted(graph[node] - changed.keys() - gone):
            it = known.get(each)
            if not it:
                unknown.add(each)
            elif not left_alone(it, node, changed, graph):
                found[node].append(each)
                todo += [] if each in todo else [each]
    order = [
        known[node]
        for node in TopologicalSorter(found).static_order()
        if node not in changed
    ]
    for node in sorted({*unknown, *(each.node for each in order)}):
        refuse_odd(connection, node, known=node not in unknown)
    return order


def left_alone(
    it: Definition, node: Node, changed: Mapping[Node, Level], graph: Graph
) -> bool:
    """Return whether PostgreSQL keeps what depends on something that changes."""
    if it.kind == "DEFAULT":  # of the column itself, which is changed with it
        return any(it.node in graph[column] for column in changed if column[2])
    return node in changed and it.level >= changed[node]


def who_depends(connection: Connection) -> Graph:
    """Return what depends on each thing."""
    whole = {(a, b): (c, d, e) for a, b, c, d, e in connection.execute(text(PARTS))}
    graph: Graph = defaultdict(set)
    for *one, number, catalogue, oid, other in connection.execute(text(DEPENDS)):
        depends = whole.get((one[0], one[1]), (one[0], one[1], number))
        on = whole.get((catalogue, oid), (catalogue, oid, other))
        if depends != on:
            graph[on].add(depends)
    return graph


def refuse_odd(connection: Connection, node: Node, *, known: bool) -> None:
    """Refuse to recreate what can't be recreated, or what an extension owns."""
    catalogue, oid, _ = node
    asked = {"catalogue": catalogue, "oid": oid, "known": known}
    for thing in connection.scalars(text(ODD), asked):
        message = f"{thing} depends on a type or column that changes, and can't be made"
        raise CommandError(f"{message} again: drop it first, in a revision of its own")
