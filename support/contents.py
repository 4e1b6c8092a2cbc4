"""What a database holds beside rows, a line for each object: all that a migration can lose."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import URL, Connection, MetaData, TextClause, inspect, text
from sqlalchemy.exc import SAWarning

from support.databases import lasting_engine
from support.sqlite_ddl import normal, table_facts


def sql(statement: str) -> TextClause:
    """Return SQL that has no parameters, whatever characters it has."""
    return text(statement.replace(":", r"\:"))


class Line(NamedTuple):
    """An object: what it is, the table it hangs on, its name, and all else of it."""

    kind: str
    table: str
    name: str
    definition: str


# What may have no name in the models.
NAMELESS = ("constraint", "index")

EMPTY: set[str] = set()  # the contents of a database in which nothing was created
# What is there from the start, by SQLAlchemy's dialect: it is told where it is missing.
FROM_THE_START = {"postgresql": {"schema public"}}


def contents(url: URL, names: Collection[str] | None = None, *, in_order: bool = True) -> set[str]:
    """Return what is there beside Alembic's own table.

    Of constraints and indexes only `names` are told, if there are any: where the models give no
    name, the database or the revision has chosen one. Without `in_order` the order of columns is
    not told: one that was dropped and comes back is the last.
    """
    return told(url, lines(url), names, in_order=in_order)


def lines(url: URL) -> list[Line]:
    """Return all that is there, with each name and the order of columns."""
    reader = READERS.get(url.get_backend_name(), of_another)
    with warnings.catch_warnings(), lasting_engine(url).connect() as connection:
        warnings.simplefilter("ignore", SAWarning)  # expression indexes: their SQL is compared
        return sorted(reader(connection))


def told(url: URL, there: list[Line], names: Collection[str] | None, *, in_order: bool) -> set[str]:
    """Return what contents() does, of lines that were read."""
    known = [
        line
        if names is None or line.name in names or line.kind not in NAMELESS
        else line._replace(name="-")
        for line in there
        if in_order or line.kind != "order"
    ]
    # A second one that says the same is none.
    named = {line._replace(name="-") for line in known if line.name != "-"}
    found = {" ".join(" ".join(line).split()) for line in known if line not in named}
    return found ^ FROM_THE_START.get(url.get_backend_name(), EMPTY)


def names_of(metadata: MetaData, url: URL) -> set[str]:
    """Return the names that models give to constraints and indexes, as a database keeps them."""
    preparer = url.get_dialect()().identifier_preparer
    tables = metadata.tables.values()
    items: Iterator[Any] = chain.from_iterable((*t.constraints, *t.indexes) for t in tables)
    named = (item for item in items if item.name is not None)
    found = {preparer.format_constraint(item, _alembic_quote=False) for item in named}
    return {name for name in found if name}


def difference(expected: set[str], found: set[str]) -> str:
    """Say in a line what was found too much and what is missing."""
    extra, missing = sorted(found - expected), sorted(expected - found)
    # The shortest line tells most: a table before its columns.
    parts = [
        f"{len(lines)} {word}, such as {min(lines, key=len)}"
        for word, lines in (("too many", extra), ("missing", missing))
        if lines
    ]
    return "; ".join(parts)


# --- PostgreSQL -----------------------------------------------------------------------------

# Without what the server was born with, whose OIDs are lower: that is most of each catalog.
POSTGRESQL = """
WITH relation AS (
  SELECT c.*, n.nspname || '.' || c.relname AS path
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
  WHERE c.oid >= 16384 AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
  AND lower(relname) NOT LIKE 'alembic\\_version%'
), owned AS (
  SELECT s.oid, t.path AS owner_table, attname AS owner_column
  FROM relation s JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass
  AND d.refclassid = d.classid AND d.deptype IN ('a', 'i')
  JOIN relation t ON t.oid = d.refobjid
  JOIN pg_attribute ON attrelid = t.oid AND attnum = refobjsubid
  WHERE s.relkind = 'S'
), ours AS (
  SELECT n.oid, nspname FROM pg_namespace n
  WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
)
SELECT 'schema', '', nspname::text, '' FROM ours
UNION ALL SELECT 'table', path, '', concat_ws(' ', relkind, relpersistence, reloptions, spcname,
    pg_get_partkeydef(r.oid), pg_get_expr(relpartbound, r.oid), relrowsecurity, relacl,
    (SELECT string_agg(inhparent::regclass::text, ' ') FROM pg_inherits WHERE inhrelid = r.oid),
    obj_description(r.oid, 'pg_class'))
  FROM relation r LEFT JOIN pg_tablespace s ON s.oid = reltablespace WHERE relkind IN ('r', 'p')
UNION ALL SELECT 'order', path, '',
    (SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute
      WHERE attrelid = oid AND attnum > 0 AND NOT attisdropped)
  FROM relation WHERE relkind IN ('r', 'p')
UNION ALL SELECT 'view', path, '', concat_ws(' ', relkind, reloptions, relacl,
    pg_get_viewdef(oid), obj_description(oid, 'pg_class'))
  FROM relation WHERE relkind IN ('v', 'm')
UNION ALL SELECT 'sequence', COALESCE(owner_table, path), COALESCE(owner_column, ''),
    concat_ws(' ', format_type(seqtypid, NULL), seqstart, seqincrement, seqmin, seqmax, seqcache,
    seqcycle, obj_description(r.oid, 'pg_class'))
  FROM relation r JOIN pg_sequence ON seqrelid = r.oid LEFT JOIN owned ON owned.oid = r.oid
UNION ALL SELECT 'column', r.path, attname, concat_ws(' ', format_type(atttypid, atttypmod),
    CASE WHEN attnotnull THEN 'NOT NULL' END, attidentity, attgenerated, collname, attacl,
    CASE WHEN owned.oid IS NULL THEN pg_get_expr(adbin, adrelid) ELSE 'SERIAL' END,
    col_description(r.oid, attnum))
  FROM relation r JOIN pg_attribute ON attrelid = r.oid
  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
  LEFT JOIN pg_type t ON t.oid = atttypid
  LEFT JOIN pg_collation l ON l.oid = attcollation AND attcollation <> typcollation
  LEFT JOIN owned ON owner_table = path AND owner_column = attname AND adbin IS NOT NULL
  WHERE r.relkind IN ('r', 'p') AND attrelid >= 16384 AND attnum > 0 AND NOT attisdropped
UNION ALL SELECT 'constraint', path, conname,
    concat_ws(' ', pg_get_constraintdef(c.oid), obj_description(c.oid, 'pg_constraint'))
  FROM relation r JOIN pg_constraint c ON conrelid = r.oid WHERE contype <> 'n'
UNION ALL SELECT 'index', t.path, r.relname, concat_ws(' ',
    replace(pg_get_indexdef(r.oid), ' ' || quote_ident(r.relname) || ' ON ', ' ON '),
    indisvalid, spcname, obj_description(r.oid, 'pg_class'))
  FROM relation r JOIN pg_index ON indexrelid = r.oid JOIN relation t ON t.oid = indrelid
  LEFT JOIN pg_tablespace s ON s.oid = r.reltablespace
  WHERE NOT EXISTS (
    SELECT FROM pg_constraint WHERE conindid = r.oid AND contype IN ('p', 'u', 'x')
  )
UNION ALL SELECT 'trigger', path, tgname, pg_get_triggerdef(t.oid)
  FROM relation r JOIN pg_trigger t ON tgrelid = r.oid WHERE NOT tgisinternal
UNION ALL SELECT 'policy', schemaname || '.' || tablename, policyname,
    concat_ws(' ', permissive, roles, cmd, qual, with_check) FROM pg_policies
UNION ALL SELECT 'statistics', path, stxname, pg_get_statisticsobjdef(s.oid)
  FROM relation r JOIN pg_statistic_ext s ON stxrelid = r.oid
UNION ALL SELECT 'function', nspname, p.oid::regprocedure::text, pg_get_functiondef(p.oid)
  FROM pg_proc p JOIN ours n ON n.oid = pronamespace
  WHERE p.oid >= 16384 AND prokind IN ('f', 'p') AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e'
  )
UNION ALL SELECT 'type', nspname, typname, concat_ws(' ', typacl, format_type(typbasetype,
    typtypmod), CASE WHEN typnotnull THEN 'NOT NULL' END, typdefault, collname,
    (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder)
      FROM pg_enum WHERE enumtypid = t.oid),
    (SELECT string_agg(conname || ' ' || pg_get_constraintdef(c.oid), ', ' ORDER BY conname)
      FROM pg_constraint c WHERE contypid = t.oid AND contype = 'c'),
    obj_description(t.oid, 'pg_type'))
  FROM pg_type t JOIN ours n ON n.oid = typnamespace
  LEFT JOIN pg_collation l ON l.oid = typcollation AND collname <> 'default'
  WHERE t.oid >= 16384 AND typtype IN ('d', 'e')
"""


def of_postgresql(connection: Connection) -> Iterator[Line]:
    """Yield what PostgreSQL holds, in all schemas but its own."""
    if "contents" not in connection.info:  # to plan takes four times as long as to execute
        connection.execute(text(f"PREPARE contents AS {POSTGRESQL}"))
        connection.info["contents"] = True
    for row in connection.execute(text("EXECUTE contents")):
        line = Line(*map(str, row))
        yield line._replace(definition=without_casts(line)) if line.kind in NAMELESS else line


def without_casts(line: Line) -> str:
    """Return a condition without the casts of strings, which PostgreSQL moves when told its own."""
    found = re.sub(r"::(character varying|text)(\[\])?", "", line.definition)
    found = re.sub(r"\(('(?:[^']|'')*')\)", r"\1", found)
    for _ in range(2):
        found = re.sub(r"\((ARRAY\[[^\]]*\])\)", r"\1", found)
    return found


# --- MySQL and MariaDB ----------------------------------------------------------------------

MYSQL_KEY = re.compile(r"((?:\w+ )?KEY|CONSTRAINT) `((?:[^`]|``)+)` (.*)")
# SHOW CREATE TABLE writes the CHECK of a column behind it; that of JSON is the type's own.
MYSQL_COLUMN = re.compile(r"`((?:[^`]|``)+)` (.*?)(?: CHECK (\((?!json_valid\().*\)))?$")


def of_mysql(connection: Connection) -> Iterator[Line]:
    """Yield what this database of MySQL or MariaDB holds."""
    name = connection.exec_driver_sql("SELECT DATABASE()").scalar_one()
    for table, kind in connection.exec_driver_sql("SHOW FULL TABLES").all():
        if table == "alembic_version":
            continue
        if kind == "BASE TABLE":
            yield Line("table", table, "", "")
            yield from of_mysql_table(connection, table)
        else:
            created = connection.execute(sql(f"SHOW CREATE TABLE `{table}`")).one()[1]
            yield Line(kind.lower(), table, "", created.replace(f"`{name}`.", ""))
    for row in connection.exec_driver_sql("SHOW TRIGGERS").mappings():
        definition = f"{row['Timing']} {row['Event']} {row['Statement']}"
        yield Line("trigger", row["Table"], row["Trigger"], definition)


def of_mysql_table(connection: Connection, table: str) -> Iterator[Line]:
    """Yield columns, keys, constraints and options of a table."""
    quoted = table.replace("`", "``")
    created = connection.execute(sql(f"SHOW CREATE TABLE `{quoted}`")).one()[1]
    of_keys = dict(re.findall(r"CONSTRAINT `(.+)` FOREIGN KEY \((.+?)\) REFERENCES", created))
    order = []
    for each in created.splitlines()[1:]:
        line = each.strip().rstrip(",")
        if column := MYSQL_COLUMN.match(line):
            # Two ways to say the same, of which MySQL itself keeps either.
            told = column[2].replace("DEFAULT (now())", "DEFAULT CURRENT_TIMESTAMP")
            told = re.sub(r"DEFAULT \(0x(\w+)\)", lambda m: f"DEFAULT b'{int(m[1], 16):b}'", told)
            yield Line("column", table, column[1], told)
            order.append(column[1])
            if column[3]:
                yield Line("constraint", table, "", f"CHECK {column[3]}")
        elif key := MYSQL_KEY.match(line):
            name = re.sub(r"_ibfk_\d+$", "_ibfk", key[2])  # numbered in their order
            if key[1] == "CONSTRAINT":
                yield Line("constraint", table, name, key[3])
            elif key[1] == "KEY" and f"({of_keys.get(key[2])})" == key[3]:
                # The server's own, by the name of the foreign key or its first column.
                first = re.match(r"\(`(.+?)`", key[3])
                yield Line("index", table, first[1] if first else name, f"KEY {key[3]}")
            else:
                yield Line("index", table, name, f"{key[1]} {key[3]}")
        else:
            options = re.sub(r" AUTO_INCREMENT=\d+", "", line)
            yield Line("options", table, "", options)
    yield Line("order", table, "", ", ".join(order))


# --- SQLite ---------------------------------------------------------------------------------


def of_sqlite(connection: Connection) -> Iterator[Line]:
    """Yield what SQLite holds: what its pragmas say, and what stands in the SQL alone."""
    master = (
        "SELECT type, name, tbl_name, sql FROM sqlite_master"
        " WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~' AND tbl_name <> 'alembic_version'"
    )
    for kind, name, table, created in connection.execute(text(master)).all():
        if kind == "table" and not created.upper().startswith("CREATE VIRTUAL"):
            yield from of_sqlite_table(connection, name, created)
        elif kind == "index":
            _, _, definition = normal(created).partition(" on ")
            unique = "unique " if normal(created).startswith("create unique") else ""
            yield Line("index", table, name, unique + definition)
        else:
            yield Line(kind, table, name, normal(created))


def of_sqlite_table(connection: Connection, table: str, created: str) -> Iterator[Line]:
    """Yield columns, constraints and options of a table."""
    quoted = table.replace('"', '""')
    yield Line("table", table, "", "")
    order = []
    for row in connection.execute(sql(f'PRAGMA table_xinfo("{quoted}")')):
        _, name, type_, notnull, default, _, hidden = row
        definition = f"{type_.upper()} {'NOT NULL ' * notnull}{normal(default or '')} {hidden}"
        yield Line("column", table, name, definition)
        order.append(name)
    yield Line("order", table, "", ", ".join(order))
    for kind, name, definition in table_facts(created):
        yield Line(kind, table, name.strip('"'), definition)


# --- The others -----------------------------------------------------------------------------


def of_another(connection: Connection) -> Iterator[Line]:
    """Yield what SQLAlchemy knows of a database of another kind."""
    inspector = inspect(connection)
    for table in inspector.get_table_names():
        if table == "alembic_version":
            continue
        yield Line("table", table, "", "")
        columns = inspector.get_columns(table)
        yield Line("order", table, "", ", ".join(column["name"] for column in columns))
        items: list[tuple[str, Any]] = [
            *(("column", {**column, "type": str(column["type"])}) for column in columns),
            ("constraint", inspector.get_pk_constraint(table)),
            *(("constraint", key) for key in inspector.get_foreign_keys(table)),
            *(("index", index) for index in inspector.get_indexes(table)),
        ]
        for get in (inspector.get_unique_constraints, inspector.get_check_constraints):
            with suppress(NotImplementedError):  # both on SQL Server
                items += [("constraint", constraint) for constraint in get(table)]
        for kind, item in items:
            yield Line(kind, table, str(item.pop("name")), str(item))


READERS = {
    "postgresql": of_postgresql,
    "mysql": of_mysql,
    "mariadb": of_mysql,
    "sqlite": of_sqlite,
}
