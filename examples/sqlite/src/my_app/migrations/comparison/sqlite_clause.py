# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""A constraint, a default or the like in a CREATE TABLE."""

from dataclasses import dataclass

from .sqlite_tokens import Token, in_parentheses, sql


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
