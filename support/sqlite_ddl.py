"""What a CREATE statement of SQLite says, as facts: who wrote it, and how, makes no difference."""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = re.compile(
    r"""
    (?P<comment>--[^\n]*|/\*.*?\*/)
    |(?P<string>[xX]?'(?:[^']|'')*')
    |(?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
    |(?P<word>[\w$]+(?:\.\d+)?)
    |(?P<operator>\|\||<=|>=|<>|!=|==|<<|>>|->>|->|[^\s\w])
    """,
    re.VERBOSE | re.DOTALL,
)
OF_TABLE = ("constraint", "primary", "unique", "check", "foreign")
CLAUSES = "constraint primary not null unique check default collate references generated as"
OF_COLUMN = frozenset(CLAUSES.split(" "))


def tokens(sql: str) -> list[str]:
    """Return the tokens: words in lower case, names without their quotes, no comments."""
    found = []
    for match in TOKEN.finditer(sql):
        token = match[0]
        if match.lastgroup == "comment":
            continue
        if match.lastgroup == "word":
            token = token.lower()
        elif match.lastgroup == "name":
            quote = token[-1]
            token = token[1:-1].replace(quote * 2, quote)
            token = token.lower() if re.fullmatch(r"\w+", token) else f'"{token}"'
        found.append(token)
    return found


def normal(sql: str) -> str:
    """Return SQL in one form."""
    return " ".join(tokens(sql))


def parts(found: list[str]) -> Iterator[list[str]]:
    """Yield what commas separate, but for those in parentheses."""
    depth, part = 0, list[str]()
    for each in found:
        depth += (each == "(") - (each == ")")
        if each == "," and not depth:
            yield part
            part = []
        else:
            part.append(each)
    yield part


def group(found: list[str]) -> int:
    """Return where the parenthesis ends with which these tokens begin."""
    depth = 0
    for number, each in enumerate(found, 1):
        depth += (each == "(") - (each == ")")
        if not depth:
            return number
    raise ValueError(f"no end: {' '.join(found)}")


def table_facts(sql: str) -> Iterator[tuple[str, str, str]]:
    """Yield kind, name and text of what pragmas do not tell of a table.

    A constraint of a column is one of its table on this column.
    """
    found = tokens(sql)
    start = found.index("(")
    end = start + group(found[start:])
    yield "options", "", " ".join(found[end:])
    for part in parts(found[start + 1 : end - 1]):
        if part[0] in OF_TABLE:
            yield from constraint_facts(part, "")
        else:
            column, rest = part[0], part[1:]
            clause = next((n for n, each in enumerate(rest) if each in OF_COLUMN), len(rest))
            yield from constraint_facts(rest[clause:], column)


def constraint_facts(found: list[str], column: str) -> Iterator[tuple[str, str, str]]:
    """Yield the constraints of a column, or that of a table."""
    name = ""
    while found:
        end = next_clause(found)
        clause, found = found[:end], found[end:]
        text = " ".join(clause)
        if clause[0] == "constraint":
            name = clause[1]
            continue
        if clause[0] in ("collate", "default", "generated", "as"):
            if clause[0] != "default":  # the pragma has it
                yield "column", column, text.removeprefix("generated always ")
        elif clause[:2] == ["not", "null"] or clause == ["null"]:
            if "conflict" in clause:
                yield "column", column, text
        else:
            if column and clause[0] in ("primary", "unique"):
                where = 2 if clause[0] == "primary" else 1
                clause[where:where] = ["(", column, ")"]
            elif column and clause[0] == "references":
                clause = ["foreign", "key", "(", column, ")", *clause]
            yield "constraint", name, " ".join(clause)
        name = ""


def next_clause(found: list[str]) -> int:
    """Return where the first clause of a definition ends."""
    if found[0] == "constraint":
        return 2
    end = 2 if found[0] in ("not", "foreign", "primary", "generated") else 1
    while end < len(found):
        each, before = found[end], found[end - 1]
        if each == "(":
            end += group(found[end:])
            continue
        # ON DELETE SET NULL, SET DEFAULT and NOT DEFERRABLE begin no clause of their own.
        own = before == "set" or found[end : end + 2] == ["not", "deferrable"]
        own = own or (found[0] == "foreign" and each == "references")
        own = own or (found[0] == "generated" and each == "as")
        own = own or (found[0] == "default" and end == 1)
        if each in OF_COLUMN and not own:
            break
        end += 1
    return end
