# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How PostgreSQL drops what depends on another thing, and creates it again."""

from collections.abc import Collection
from enum import IntEnum
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, text

Node = tuple[str, int, int]  # catalogue, oid, and the number of a table's column or 0


class Level(IntEnum):
    """When a thing is recreated: for a change of its column that has a higher level."""

    # The less alike the two types of the column are, the higher is that of the change.
    ALWAYS = 0  # views, triggers, ...
    EXPRESSIONS = 1  # CHECKs, and indexes with an expression
    KEYS = 2  # foreign keys, statistics
    NEVER = 3  # other indexes and keys, which PostgreSQL changes itself
    LOST = 4  # of a column that is made anew: with it go all of these


DEFINITIONS = """
WITH found AS (
  SELECT 'pg_class' AS catalog, c.oid, 0 AS number, 'ALWAYS' AS level, kind,
    c.oid::regclass::text AS name, relname AS called, c.oid::regclass AS on_table,
    concat('CREATE ', kind, ' ', c.oid::regclass,
      ' WITH (' || array_to_string(reloptions, ', ') || ')',
      ' TABLESPACE ' || quote_ident(spcname),
      E' AS\n', rtrim(pg_get_viewdef(c.oid), ';'),
      CASE WHEN NOT relispopulated THEN E'\nWITH NO DATA' END) AS made
  FROM pg_class c LEFT JOIN pg_tablespace s ON s.oid = reltablespace
  JOIN (VALUES ('v', 'VIEW'), ('m', 'MATERIALIZED VIEW')) AS kinds (sign, kind)
  ON relkind::text = sign
  UNION ALL SELECT 'pg_class', attrelid, attnum, 'ALWAYS',
    'COLUMN', quote_ident(attname), attname, attrelid::regclass,
    concat('ALTER TABLE ', attrelid::regclass, ' ADD COLUMN ', quote_ident(attname),
      ' ', format_type(atttypid, atttypmod),
      CASE WHEN attcollation <> typcollation
        THEN ' COLLATE ' || attcollation::regcollation END,
      ' GENERATED ALWAYS AS (', pg_get_expr(adbin, adrelid),
      CASE attgenerated WHEN 's' THEN ') STORED' ELSE ') VIRTUAL' END,
      CASE WHEN attnotnull THEN ' NOT NULL' END)
  FROM pg_attribute JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  JOIN pg_type t ON t.oid = atttypid WHERE attgenerated <> '' AND attinhcount = 0
  UNION ALL SELECT 'pg_attrdef', d.oid, 0, 'ALWAYS',
    'DEFAULT', quote_ident(attname), attname, attrelid::regclass,
    concat('ALTER TABLE ', attrelid::regclass, ' ALTER COLUMN ', quote_ident(attname),
      ' SET DEFAULT ', pg_get_expr(adbin, adrelid))
  FROM pg_attribute JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum
  WHERE attgenerated = '' AND attinhcount = 0
  UNION ALL SELECT 'pg_class', c.oid, 0,
    CASE WHEN coalesce(indexprs, indpred) IS NULL THEN 'NEVER' ELSE 'EXPRESSIONS' END,
    'INDEX', c.oid::regclass::text, relname, indrelid::regclass,
    replace(pg_get_indexdef(c.oid, 0, true), ' ON ONLY ', ' ON ')
      || coalesce(' TABLESPACE ' || quote_ident(spcname), '')
  FROM pg_index JOIN pg_class c ON c.oid = indexrelid
  LEFT JOIN pg_tablespace s ON s.oid = reltablespace WHERE NOT relispartition
  UNION ALL SELECT 'pg_constraint', oid, 0,
    CASE WHEN contype IN ('p', 'u') THEN 'NEVER' WHEN contype = 'f' THEN 'KEYS'
      ELSE 'EXPRESSIONS' END,
    'CONSTRAINT', quote_ident(conname), conname, conrelid::regclass,
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
      pg_get_constraintdef(oid))
  FROM pg_constraint
  WHERE contype IN ('c', 'f', 'p', 'u', 'x') AND conrelid <> 0
  AND conparentid = 0 AND coninhcount = 0
  UNION ALL SELECT 'pg_trigger', oid, 0, 'ALWAYS',
    'TRIGGER', format('%I ON %s', tgname, tgrelid::regclass), tgname,
    tgrelid::regclass,
    pg_get_triggerdef(oid, true)
  FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0
  UNION ALL SELECT 'pg_rewrite', oid, 0, 'ALWAYS',
    'RULE', format('%I ON %s', rulename, ev_class::regclass), rulename,
    ev_class::regclass,
    rtrim(pg_get_ruledef(oid, true), ';')
  FROM pg_rewrite WHERE rulename <> '_RETURN'
  UNION ALL SELECT 'pg_policy', oid, 0, 'ALWAYS',
    'POLICY', format('%I ON %s', polname, polrelid::regclass), polname,
    polrelid::regclass,
    concat('CREATE POLICY ', quote_ident(polname), ' ON ', polrelid::regclass,
      CASE WHEN NOT polpermissive THEN ' AS RESTRICTIVE' END,
      CASE polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT'
        WHEN 'w' THEN ' FOR UPDATE' WHEN 'd' THEN ' FOR DELETE' END,
      ' TO ' || (SELECT string_agg(quote_ident(rolname), ', ' ORDER BY rolname)
        FROM pg_roles r WHERE r.oid = ANY(polroles)),
      ' USING (' || pg_get_expr(polqual, polrelid) || ')',
      ' WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')')
  FROM pg_policy
  UNION ALL SELECT 'pg_statistic_ext', s.oid, 0, 'KEYS',
    'STATISTICS', format('%I.%I', nspname, stxname), stxname, stxrelid::regclass,
    pg_get_statisticsobjdef(s.oid)
  FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = stxnamespace
  UNION ALL SELECT 'pg_proc', oid, 0, 'ALWAYS',
    CASE prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
    oid::regprocedure::text, proname, NULL, pg_get_functiondef(oid)
  FROM pg_proc WHERE prokind IN ('f', 'p', 'w') AND oid >= 16384
  UNION ALL SELECT 'pg_type', oid, 0, 'NEVER',
    CASE typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END,
    oid::regtype::text, typname, NULL, NULL
  FROM pg_type WHERE typtype IN ('d', 'e')
), catalogs (kind, place, of_table, named) AS (
  VALUES ('TRIGGER', 'pg_trigger', 'tgrelid', 'tgname'),
    ('RULE', 'pg_rewrite', 'ev_class', 'rulename'),
    ('POLICY', 'pg_policy', 'polrelid', 'polname'),
    ('CONSTRAINT', 'pg_constraint', 'conrelid', 'conname'),
    ('STATISTICS', 'pg_statistic_ext', 'stxrelid', 'stxname'),
    ('COLUMN', 'pg_attribute', 'attrelid', 'attname'),
    ('DEFAULT', 'pg_attribute', 'attrelid', 'attname')
)
SELECT catalog, oid, number, level, kind, called, on_table::oid, on_table::text,
  CASE WHEN kind IN ('CONSTRAINT', 'COLUMN')
      THEN format('ALTER TABLE{0} %s DROP %s{0} %s', on_table, kind, name)
    WHEN kind = 'DEFAULT'
      THEN format('ALTER TABLE{0} %s ALTER COLUMN %s DROP DEFAULT', on_table, name)
    ELSE format('DROP %s{0} %s', kind, name) END AS drop,
  made AS create,
  CASE kind WHEN 'COLUMN' THEN format('COLUMN %s.%s', on_table, name)
    WHEN 'CONSTRAINT' THEN format('CONSTRAINT %s ON %s', name, on_table)
    ELSE kind || ' ' || name END AS thing,
  CASE WHEN place IS NOT NULL
      THEN format('EXISTS (SELECT FROM %s WHERE %s = to_regclass(%L) AND %s = %L)',
        place, of_table, on_table, named, called)
    WHEN kind IN ('FUNCTION', 'PROCEDURE')
      THEN format('to_regprocedure(%L) IS NOT NULL', name)
    ELSE format('to_regclass(%L) IS NOT NULL', name) END AS exists
FROM found LEFT JOIN catalogs USING (kind) WHERE oid IN :oids
"""


class Definition(NamedTuple):
    """What PostgreSQL says of a view, an index, a constraint, ..."""

    node: Node
    level: Level
    kind: str
    name: str  # as it is
    table_oid: int | None
    table: str | None  # as SQL
    drop: str  # {0} is for IF EXISTS
    create: str | None
    thing: str  # its kind and name, as COMMENT ON takes them
    exists: str  # a condition


def definitions(
    connection: Connection, nodes: Collection[Node]
) -> dict[Node, Definition]:
    """Return the definitions of those that have one."""
    oids = [oid for _, oid, _ in nodes] or [0]
    query = text(DEFINITIONS).bindparams(bindparam("oids", oids, expanding=True))
    found = {}
    for catalogue, oid, number, level, *rest in connection.execute(query):
        if (node := (catalogue, oid, number)) in nodes:
            found[node] = Definition(node, Level[level], *rest)
    return found
