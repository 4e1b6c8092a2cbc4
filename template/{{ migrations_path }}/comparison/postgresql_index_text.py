# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How an index of PostgreSQL is written."""

import re
from typing import Any

from sqlalchemy import ColumnElement, literal_column

NAME = r'(?:"(?:[^"]|"")+"|[^\s".]+)'
HEAD = re.compile(
    rf"CREATE (UNIQUE )?INDEX (?:CONCURRENTLY )?{NAME}"
    rf" ON (?:ONLY )?(?:{NAME}\.)?{NAME} (?:USING (\w+) )?"
)
# Where a string is text by way of VARCHAR: so it stays when its column becomes TEXT.
STRING = r"('(?:[^']|'')*')::character varying"
OF_VARCHAR = re.compile(rf"\({STRING}\)::text")
ALL_OF_VARCHAR = re.compile(rf"\(ARRAY\[({STRING}(?:, {STRING})*)\]\)::text\[\]")
# A string, a name, or what else is no parenthesis and no comma.
TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[(),]|[^'"(),]+""")


def on_asked_table(definition: str) -> str:
    """Return the statement that makes the same index on the table that is asked."""
    if not (head := HEAD.match(definition)):
        return ""
    rest = OF_VARCHAR.sub(r"\1::text", definition[head.end() :])
    rest = ALL_OF_VARCHAR.sub(as_text_array, rest)
    start = f"CREATE {head[1] or ''}INDEX ON pg_temp.alembic_asked"
    return f"{start} USING {head[2] or 'btree'} {rest}"


def as_text_array(array: re.Match[str]) -> str:
    """Return an array of strings without VARCHAR on the way."""
    strings = re.sub(STRING, r"\1::text", array[1])
    return f"ARRAY[{strings}]"


def elements(statement: str) -> list[str | ColumnElement[Any]]:
    """Return columns and expressions, each with its collation, class and order."""
    found, depth = [""], 0
    for part in TOKEN.findall(statement.partition("(")[2]):
        depth += {"(": 1, ")": -1}.get(part, 0)
        if depth < 0:
            break
        if depth == 0 and part == ",":
            found.append("")
        else:
            found[-1] += part
    return [literal_column(each.strip()) for each in found]
