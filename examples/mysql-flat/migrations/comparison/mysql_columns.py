# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What MySQL and MariaDB say of columns in other words: defaults, and JSON."""

import re
from decimal import Decimal
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, DefaultClause, Dialect, text
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

from .operations import as_text, flat


def is_mariadb(dialect: Dialect) -> bool:
    """Return whether the server is MariaDB; offline, the URL alone says so."""
    return bool(getattr(dialect, "is_mariadb", False))


def put_default_in_parentheses(column: Column[Any], dialect: Dialect) -> None:
    """Write a default as MySQL itself takes it, everywhere."""
    compiler = cast("Any", dialect).ddl_compiler(dialect, None)
    told = compiler.get_column_default_string(column)
    if not told or is_mariadb(dialect):
        return
    # SQLAlchemy does the same in CREATE TABLE, but not in ALTER TABLE or offline.
    plain = r"[('\"]|\w+$|(now|current_timestamp)\(\d+\)|.*\bON +UPDATE"
    if takes_no_constant(column.type, dialect):
        plain = r"\(|NULL$"
    if not re.match(plain, told, re.IGNORECASE):
        default = text(as_text(f"({told})", dialect))
        column.server_default = DefaultClause(default)


def takes_no_constant(type_: TypeEngine[Any], dialect: Dialect) -> bool:
    """Return whether a default has to be in parentheses, even of a constant."""
    told = dialect.type_compiler_instance.process(type_)
    types = "(TINY|MEDIUM|LONG)?(TEXT|BLOB)|JSON|GEOM|POINT|LINE|POLY|MULTI"
    return not is_mariadb(dialect) and bool(re.match(types, told))


def as_told(default: str, type_: TypeEngine[Any], dialect: Dialect) -> str:
    """Return a default as MySQL itself says it, however it was told."""
    default = without_charset(default)
    if takes_no_constant(type_, dialect):
        return default
    if isinstance(type_, mysql.DATETIME | mysql.TIMESTAMP) and not type_.fsp:
        default = re.sub(r"^\(now\(\)\)$", "CURRENT_TIMESTAMP", default)
    if isinstance(type_, mysql.BIT):
        bits = r"^\((0x\w+)\)$"
        return re.sub(bits, lambda match: f"b'{int(match[1], 16):b}'", default)
    # ALTER TABLE takes the parentheses off a constant, and CREATE TABLE does not.
    default = re.sub(r"^\(('(?:[^'\\]|\\.|'')*')\)$", r"\1", default)
    default = re.sub(r"^\((-?)\(?(\d*\.?\d+)\)*$", r"'\1\2'", default)
    if isinstance(type_, mysql.DECIMAL):
        number, scale = r"(?<=[-'])[\d.]+(?='$)", type_.scale
        default = re.sub(number, lambda n: str(round(Decimal(n[0]), scale)), default)
    return default


def unescaped(expression: str) -> str:
    """Return an expression as SQL: MySQL itself says it as in a string."""
    return re.sub(r"\\(.)", r"\1", expression, flags=re.DOTALL)


def without_charset(sql: str) -> str:
    r"""Return SQL as it was before MySQL itself wrote _utf8mb4 and \' into it."""
    string = r"(?:\b_utf8mb4)?'((?:[^'\\]|\\.|'')*)'"
    return re.sub(string, lambda match: "'" + match[1].replace(r"\'", "''") + "'", sql)


def modify_whole_columns(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Have Alembic write MODIFY where SET DEFAULT and DROP DEFAULT do something else.

    The one takes no constant in parentheses. The other leaves ON UPDATE, and a column
    that may be NULL without even this default.
    """
    for op in (*flat(upgrade), *flat(downgrade)):
        if not isinstance(op, ops.AlterColumnOp) or op.existing_type is None:
            continue
        takes_none = takes_no_constant(op.existing_type, context.dialect)
        default = op.modify_server_default
        if default is None or (default is not False and takes_none):
            op.kw["autoincrement"] = False  # for which Alembic writes MODIFY


def json_columns(connection: Connection, quoted_table: str) -> frozenset[str]:
    """Return the columns that are JSON: MariaDB keeps text, and a CHECK on it."""
    _, created = connection.exec_driver_sql(f"SHOW CREATE TABLE {quoted_table}").one()
    checked = r"^ *`(.+?)` longtext .* CHECK \(json_valid\(`\1`\)\)"
    names = re.findall(checked, created, re.MULTILINE)
    return frozenset(name.replace("``", "`") for name in names)
