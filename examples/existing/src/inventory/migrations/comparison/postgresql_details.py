# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What PostgreSQL keeps beside a definition: owner, privileges and comments."""

from sqlalchemy import Connection, text

from .postgresql_definitions import Definition

DETAILS = """
WITH asked AS (
  SELECT CAST(:catalogue AS text) AS catalogue, CAST(:oid AS oid) AS oid,
    CAST(:number AS integer) AS number, CAST(:thing AS text) AS thing,
    CAST(:relation AS text) AS relation
), things AS (
  SELECT 'pg_class' AS catalog, oid, relowner AS owner, relacl AS acl, 'r' AS kind
  FROM pg_class WHERE relkind IN ('v', 'm')
  UNION ALL SELECT 'pg_proc', oid, proowner, proacl, 'f' FROM pg_proc
  UNION ALL SELECT 'pg_type', oid, typowner, typacl, 'T' FROM pg_type
  UNION ALL SELECT 'pg_statistic_ext', oid, stxowner, NULL, NULL FROM pg_statistic_ext
), thing AS (
  SELECT things.* FROM things, asked
  WHERE catalog = catalogue AND things.oid = asked.oid
), grants AS (
  SELECT '' AS columns, a.* FROM thing, aclexplode(acl) a
  UNION ALL SELECT format(' (%I)', attname), a.*
  FROM asked, pg_attribute, aclexplode(attacl) a
  WHERE catalogue = 'pg_class' AND attrelid = oid AND number IN (0, attnum)
), before AS (
  SELECT '' AS columns, a.*
  FROM thing, aclexplode(acldefault(kind::"char", owner)) a WHERE acl IS NOT NULL
), changed AS (
  SELECT 4 AS place, 'REVOKE %s ON %s FROM %s' AS told, gone.*
  FROM (SELECT * FROM before EXCEPT SELECT * FROM grants) gone
  UNION ALL SELECT 5, 'GRANT %s ON %s TO %s', new.*
  FROM (SELECT * FROM grants EXCEPT SELECT * FROM before) new
), said AS (
  SELECT 1 AS place, format('ALTER TABLE %s %s TRIGGER %I', tgrelid::regclass,
      CASE tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS'
        ELSE 'ENABLE REPLICA' END, tgname) AS statement
  FROM asked JOIN pg_trigger t ON t.oid = asked.oid AND catalogue = 'pg_trigger'
  WHERE tgenabled <> 'O'
  UNION ALL SELECT 1, format('ALTER TABLE %s %s RULE %I', ev_class::regclass,
      CASE ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS'
        ELSE 'ENABLE REPLICA' END, rulename)
  FROM asked JOIN pg_rewrite r ON r.oid = asked.oid AND catalogue = 'pg_rewrite'
  WHERE ev_enabled <> 'O'
  UNION ALL SELECT 2, format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s',
      attrelid::regclass, attname, pg_get_expr(adbin, adrelid))
  FROM asked JOIN pg_attribute ON attrelid = oid
  JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE catalogue = 'pg_class' AND number = 0
  UNION ALL SELECT 3,
    format('ALTER %s OWNER TO %I', asked.thing, pg_get_userbyid(owner))
  FROM asked, thing WHERE pg_get_userbyid(owner) <> current_user
  UNION ALL SELECT place, format(told, string_agg(privilege_type || columns, ', '),
      relation,
      CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
      || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
  FROM asked, changed GROUP BY place, told, relation, grantee, is_grantable
  UNION ALL SELECT 6, format('COMMENT ON %s IS %L', CASE
      WHEN objsubid = number THEN thing
      ELSE format('COLUMN %s.%I', objoid::regclass, attname) END, description)
  FROM asked JOIN pg_description ON objoid = oid
  AND classoid = CAST(catalogue AS regclass) AND (objsubid = number OR number = 0)
  LEFT JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid
)
SELECT statement FROM said ORDER BY place, statement
"""


def details(connection: Connection, it: Definition) -> list[str]:
    """Return the statements that give a thing all this after it is created again."""
    catalogue, oid, number = it.node
    asked = {
        "catalogue": catalogue,
        "oid": oid,
        "number": number,
        "thing": it.thing,
        "relation": it.table if catalogue == "pg_class" else it.thing,
    }
    return [*connection.scalars(text(DETAILS), asked)]
