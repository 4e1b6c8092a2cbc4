"""Write what docs/picker.md shows: the files that the template renders, for all answers.

A file is rendered once for all answers that its source does not read. Lines are kept once, with
the tokens in them. The tests compare what the page shows with what Copier renders.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.meta import find_referenced_templates, find_undeclared_variables
from pathspec import GitIgnoreSpec
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType

from support import template

PICKED = (
    "project",
    "mode",
    "driver",
    "layout",
    "placement",
    "config",
    "models",
    "tenants",
    "ci",
    "deployment",
)
FREE = {"package": "my_app", "directory": "migrations"}
COMPUTED = ("package_path", "migrations_path", "database", "requirements")
SUFFIX = ".jinja"
RECORD = ".copier-answers.yml"

LEXERS = {
    ".py": "python",
    ".mako": "python",
    ".md": "markdown",
    ".yml": "yaml",
    ".yaml": "yaml",
    ".toml": "toml",
    ".ini": "ini",
}

Answers = dict[str, str]
Variant = tuple[int, int] | None  # the numbers of a path and a text


def combinations() -> Iterator[Answers]:
    """Yield every combination of the answers that are picked."""
    for project, mode in itertools.product(template.choices("project"), template.choices("mode")):
        starts = project == "new"
        for driver in template.choices("driver", mode=mode):
            tenants = template.choices("tenants", driver=driver)
            offered: list[list[str]] = [
                template.choices("layout"),
                ["package", "root"],
                template.choices("config") if starts else ["alembic.ini"],
                template.choices("models") if starts else ["declarative"],
                [each for each in tenants if isinstance(each, str)],  # else it says why not
                template.choices("ci"),
                template.choices("deployment") if starts else ["none"],
            ]
            for rest in itertools.product(*offered):
                yield dict(zip(PICKED, (project, mode, driver, *rest), strict=True))


class Sources:
    """The template's files, and what each renders."""

    def __init__(self) -> None:
        """Read the template."""
        self.environment = Environment(  # noqa: S701 # no HTML
            loader=FileSystemLoader(template.ROOT),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],  # Copier's
        )
        folder = template.ROOT / "template"
        files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
        paths = [str(path.relative_to(template.ROOT)) for path in files]
        self.paths = sorted(path for path in paths if "answers_file" not in path)
        self.users = GitIgnoreSpec.from_lines(template.configuration()["_skip_if_exists"])
        self.excluding = "\n".join(template.configuration()["_exclude"])

    @cache  # noqa: B019 # as long as the process
    def read(self, source: str) -> str:
        """Return the text of a source."""
        return (template.ROOT / source).read_text()

    @cache  # noqa: B019
    def names_in(self, text: str) -> frozenset[str]:
        """Return the names that a source reads, also in what it includes."""
        tree = self.environment.parse(text)
        names = set(find_undeclared_variables(tree))
        for other in find_referenced_templates(tree):
            # One whose name an answer is part of may be any.
            names |= self.names_in(self.read(other)) if other else self.names_in_macros()
        return frozenset(names)

    @cache  # noqa: B019
    def names_in_macros(self) -> frozenset[str]:
        """Return the names that any of the macros reads."""
        macros = (template.ROOT / "macros").rglob(f"*{SUFFIX}")
        trees = (self.environment.parse(path.read_text()) for path in macros if path.is_file())
        return frozenset(name for tree in trees for name in find_undeclared_variables(tree))

    @cache  # noqa: B019
    def answers_read(self, source: str) -> tuple[str, ...]:
        """Return the answers on which the file and its path depend."""
        names = set(self.names_in(source) | self.names_in(self.excluding))
        if source.endswith(SUFFIX):
            names |= self.names_in(self.read(source))
        for name in COMPUTED:
            if name in names:
                names |= self.names_in(str(template.configuration()[name]["default"]))
        names |= {"layout", "placement", "driver"}  # in the computed paths and the database
        return tuple(name for name in PICKED if name in names)

    def context(self, answers: Answers) -> dict[str, Any]:
        """Return what templates read after these answers."""
        module = "models" if answers["project"] == "existing" else "db"
        known: dict[str, Any] = FREE | answers
        known |= {"metadata": f"my_app.{module}:Base.metadata", "_copier_operation": "copy"}
        known["_copier_conf"] = {"answers_file": RECORD}
        for name in COMPUTED:
            value = self.expression(template.configuration()[name]["default"]).render(known)
            known[name] = loaded(value)
        return known

    @cache  # noqa: B019
    def expression(self, text: str) -> Template:
        """Return a template from a text."""
        return self.environment.from_string(text)

    @cache  # noqa: B019
    def excluded(self, database: str, tenants: str) -> GitIgnoreSpec:
        """Return what is rendered for other answers alone."""
        known = {"database": database, "tenants": tenants, "_copier_operation": "copy"}
        text = self.expression(self.excluding).render(known)
        return GitIgnoreSpec.from_lines(line.strip() for line in text.splitlines())

    def render(self, source: str, known: dict[str, Any]) -> tuple[str, str] | None:
        """Return the path and the text of a file, or None if these answers have no such file."""
        path = self.expression(source).render(known).removeprefix("template/").removesuffix(SUFFIX)
        excluded = self.excluded(known["database"], known["tenants"])
        if not all(path.split("/")) or excluded.match_file(path):
            return None
        text = self.read(source)
        if source.endswith(SUFFIX):
            text = self.environment.get_template(source).render(known)
        return path, text


@cache
def loaded(text: str) -> Any:
    """Return what stands in a text of YAML."""
    return yaml.safe_load(text)


def lexer_of(path: str) -> Lexer:
    """Return what knows the tokens of a file."""
    name = "docker" if path == "Dockerfile" else LEXERS.get(Path(path).suffix, "text")
    return get_lexer_by_name(name, stripnl=False, ensurenl=False)


@cache
def class_of(kind: _TokenType) -> str:
    """Return the class of a token in a page."""
    kinds = (known for known in reversed(kind.split()) if known in STANDARD_TYPES)
    return STANDARD_TYPES[next(kinds)]


class Lines:
    """Lines that are kept once, each with the classes and lengths of its tokens."""

    def __init__(self) -> None:
        """Begin with none."""
        self.numbers: dict[str, int] = {}
        self.classes: dict[str, str] = {}

    def number(self, line: str) -> int:
        """Return the number of a line."""
        return self.numbers.setdefault(line, len(self.numbers))

    def of(self, path: str, text: str) -> list[int]:
        """Return the numbers of a file's lines."""
        lines: list[tuple[str, str]] = [("", "")]
        for kind, value in lexer_of(path).get_tokens(text):
            name = class_of(kind)
            letter = self.classes.setdefault(name, chr(65 + len(self.classes)))
            for turn, part in enumerate(value.split("\n")):
                if turn:
                    lines.append(("", ""))
                before, marks = lines[-1]
                if part:
                    lines[-1] = before + part, f"{marks}{letter}{len(part)}"
        assert "\n".join(line for line, _ in lines) == text, path
        return [self.number(f"{line}\t{marks}") for line, marks in lines]


def picked() -> dict[str, Any]:
    """Return the page's data."""
    sources, lines = Sources(), Lines()
    paths: dict[str, int] = {}
    texts: dict[str, int] = {}
    numbered: list[list[int]] = []
    every = [(answers, sources.context(answers)) for answers in combinations()]
    files = []
    for source in sources.paths:
        names = sources.answers_read(source)
        variants: dict[str, Variant] = {}
        yours = set()
        for answers, known in every:
            key = ",".join(answers[name] for name in names)
            if key in variants:
                continue
            rendered = sources.render(source, known)
            if rendered is None:
                variants[key] = None
                continue
            path, text = rendered
            if text not in texts:
                texts[text] = len(numbered)
                numbered.append(lines.of(path, text))
            variants[key] = paths.setdefault(path, len(paths)), texts[text]
            yours.add(sources.users.match_file(path))
        if not yours:
            continue
        assert len(yours) == 1, source
        used, kept = folded(names, variants)
        files.append({"reads": used, "yours": yours.pop(), "variants": kept})
    return {
        "questions": {name: template.questions()[name]["help"].split("\n")[0] for name in PICKED},
        "offered": offered([answers for answers, _ in every]),
        "drivers": {m: template.choices("driver", mode=m) for m in template.choices("mode")},
        "files": files,
        "paths": list(paths),
        "texts": numbered,
        "lines": list(lines.numbers),
        "classes": {letter: name for name, letter in lines.classes.items()},
    }


def folded(
    names: tuple[str, ...], variants: dict[str, Variant]
) -> tuple[list[str], dict[str, Variant]]:
    """Leave out the answers that change nothing."""
    used = list(names)
    for name in names:
        place = used.index(name)
        shorter: dict[str, Variant] = {}
        for key, variant in variants.items():
            values = key.split(",")
            values.pop(place)
            if shorter.setdefault(",".join(values), variant) != variant:
                break
        else:
            used.pop(place)
            variants = shorter
    return used, variants


def offered(every: list[Answers]) -> dict[str, list[str]]:
    """Return the values of each question, in the order in which copier.yml has them."""
    return {name: list(dict.fromkeys(answers[name] for answers in every)) for name in PICKED}


def main() -> None:
    """Write the data into the folder of the site that is named."""
    data = json.dumps(picked(), separators=(",", ":"), ensure_ascii=False)
    Path(sys.argv[1], "renders.js").write_text(f"const RENDERS = {data};\n")


if __name__ == "__main__":
    main()
