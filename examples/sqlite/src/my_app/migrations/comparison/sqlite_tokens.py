# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What SQL consists of, and how it was written: tokens, and clauses of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<string>[xX]?'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
    |(?P<word>[\w$]+)
    |(?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A word, a quoted name, a string or a sign, with the space and comments before."""

    kind: str
    space: str
    text: str

    @property
    def word(self) -> str:
        """Return a word in lower case, and nothing for the rest."""
        return self.text.lower() if self.kind == "word" else ""

    @property
    def name(self) -> str:
        """Return a name without its quotes."""
        if self.kind == "word":
            return self.text
        quote = self.text[-1]
        return self.text[1:-1].replace(quote * 2, quote)


NOTHING = Token("sign", "", "")


def tokens(sql: str) -> list[Token]:
    """Return what SQL consists of."""
    found, space = list[Token](), ""
    for match in TOKEN.finditer(sql):
        if match.lastgroup == "space":
            space += match[0]
        else:
            found.append(Token(str(match.lastgroup), space, match[0]))
            space = ""
    return found


def sql(found: list[Token]) -> str:
    """Return tokens as they were written."""
    return "".join(token.space + token.text for token in found)


def nested(found: list[Token]) -> Iterator[tuple[int, Token]]:
    """Yield each token with the number of parentheses around it."""
    depth = 0
    for token in found:
        depth -= token.text == ")"
        yield depth, token
        depth += token.text == "("


def in_parentheses(found: list[Token]) -> tuple[list[list[Token]], list[Token]]:
    """Return what commas separate in the first parentheses, and what is after them."""
    items = [list[Token]()]
    for end, (depth, token) in enumerate(nested(found), 1):
        if depth == 0 and token.text == ")":
            return items, found[end:]
        if depth == 1 and token.text == ",":
            items.append([])
        elif depth:
            items[-1].append(token)
    return [], []


def names(found: list[Token]) -> set[str]:
    """Return what may name a column, in lower case."""
    around = zip([NOTHING, *found], found, [*found[1:], NOTHING], strict=False)
    return {
        token.name.lower()
        for before, token, after in around
        if token.kind == "quoted" or (token.kind == "word" and after.text != "(")
        if before.word != "collate"
    }


@dataclass
class Clause:
    """A constraint, a default or the like, of a column or of the table."""

    tokens: list[Token]

    @property
    def name(self) -> str | None:
        """Return the name, if it has one."""
        return self.tokens[1].name if self.tokens[0].word == "constraint" else None

    @property
    def said(self) -> list[Token]:
        """Return what comes after the name."""
        return self.tokens if self.name is None else self.tokens[2:]

    @property
    def words(self) -> list[str]:
        """Return what it says in one form, however it is written."""
        named = ("word", "quoted")
        return [t.name.lower() if t.kind in named else t.text for t in self.said]

    @property
    def kind(self) -> str:
        """Return its first word."""
        return "generated" if self.words[0] == "as" else self.words[0]

    @property
    def referred(self) -> str:
        """Return the table to which a foreign key leads."""
        words = [token.word for token in self.said]
        place = words.index("references") + 1 if "references" in words else None
        return "" if place is None else self.said[place].name

    @property
    def columns(self) -> list[str]:
        """Return the columns of a constraint of the table."""
        items, _ = in_parentheses(self.said)
        return [item[0].name for item in items]

    @property
    def expression(self) -> str:
        """Return the expression of a CHECK or of a generated column."""
        (expression, *_), _ = in_parentheses(self.said)
        return sql(expression).strip()
