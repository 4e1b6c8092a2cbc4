# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What SQL consists of, and how it was written."""

import re
from collections.abc import Iterator
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
