# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""A CREATE TABLE in its parts: some may change, the rest stays as it is written."""

from dataclasses import dataclass

from .sqlite_tokens import NOTHING, Clause, Token, nested, sql, tokens

OF_TABLE = {"constraint", "primary", "unique", "check", "foreign"}
OF_COLUMN = {*OF_TABLE, "not", "null", "default", "collate", "references"}
OF_COLUMN |= {"generated", "as"}
# After these, a word begins no clause of its own.
GOES_ON = {("not", "null"), ("default", "null"), ("set", "null"), ("set", "default")}
GOES_ON |= {("always", "as")}


@dataclass
class Part:
    """A column, or constraints of the table."""

    column: list[Token]  # its name and type
    clauses: list[Clause]
    space: str = ""  # before the comma

    @classmethod
    def of(cls, found: list[Token]) -> "Part":
        """Take a part apart."""
        of_table = found[0].word in OF_TABLE
        groups = [found[:0] if of_table else found[:1]]
        rest = found[len(groups[0]) :]
        befores, afters = [NOTHING, *rest], [*rest[1:], NOTHING]
        for (depth, token), before, after in zip(
            nested(rest), befores, afters, strict=False
        ):
            begins = depth == 0 and token.word in (OF_TABLE if of_table else OF_COLUMN)
            named = [each.word for each in groups[-1][:-1]] == ["constraint"]
            goes_on = (before.word, token.word) in GOES_ON or after.word == "deferrable"
            if begins and not named and not goes_on:
                groups.append([])
            groups[-1].append(token)
        return cls(groups[0], [Clause(group) for group in groups[1:]])

    def __str__(self) -> str:
        """Return SQL."""
        found = [self.column, *(clause.tokens for clause in self.clauses)]
        return "".join(map(sql, found)) + self.space

    @property
    def name(self) -> str | None:
        """Return the name of a column."""
        return self.column[0].name if self.column else None

    def clause(self, kind: str) -> Clause | None:
        """Return its clause of a kind."""
        return next((each for each in self.clauses if each.kind == kind), None)

    def replace(self, kind: str, new: Clause | None) -> None:
        """Put a clause in the place of that of its kind, or at the end."""
        old = self.clause(kind)
        place = self.clauses.index(old) if old else len(self.clauses)
        self.clauses[place : place + bool(old)] = [new] if new else []


@dataclass
class CreateTable:
    """The statement."""

    head: list[Token]
    parts: list[Part]
    tail: list[Token]

    @classmethod
    def of(cls, statement: str) -> "CreateTable":
        """Take a statement apart."""
        found = tokens(statement)
        start = [token.text for token in found].index("(") + 1
        parts, begin = list[Part](), start
        for end, (depth, token) in enumerate(nested(found[start:]), start):
            if depth < 0 or (depth == 0 and token.text == ","):
                parts.append(Part.of(found[begin:end]))
                begin = end + 1
            if depth < 0:
                break
            if begin > end:
                parts[-1].space = token.space
        return cls(found[:start], parts, found[begin - 1 :])

    def __str__(self) -> str:
        """Return SQL."""
        parts = [str(part) for part in self.parts if part.column or part.clauses]
        return sql(self.head) + ",".join(parts) + sql(self.tail)

    @property
    def columns(self) -> dict[str, Part]:
        """Return the columns by their names."""
        return {part.name: part for part in self.parts if part.name is not None}

    @property
    def options(self) -> set[str]:
        """Return STRICT and WITHOUT, if they are there."""
        return {token.word for token in self.tail} & {"strict", "without"}

    def clauses(self) -> list[tuple[Part, Clause]]:
        """Return all clauses, with the columns that have them."""
        return [(part, clause) for part in self.parts for clause in part.clauses]

    @property
    def primary_key(self) -> tuple[Part, Clause] | None:
        """Return where the primary key stands."""
        keys = (each for each in self.clauses() if each[1].kind == "primary")
        return next(keys, None)

    @property
    def has_autoincrement(self) -> bool:
        """Return whether no key comes twice."""
        return bool(self.primary_key and "autoincrement" in self.primary_key[1].words)

    @property
    def has_rowid(self) -> bool:
        """Return whether rows have a number beside their columns."""
        if "without" in self.options:
            return False
        if not self.primary_key:
            return True
        part, clause = self.primary_key
        columns = clause.columns if part.name is None else [part.name]
        types = [sql(self.columns[name].column[1:]).strip().lower() for name in columns]
        # It is the key, if that is a single integer.
        return types != ["integer"] or (
            part.name is not None and "desc" in clause.words
        )
