"""Write those parts of pages that come from the template; --check exits with 1 instead."""

import re
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

from pathspec import GitIgnoreSpec

from support import template
from support.databases import server_of
from support.servers import STARTERS, variable

NOTES = {
    ".copier-answers.yml": "the answers, read by each update",
    ".env.example": "the variables",
    "alembic.ini": "Alembic's configuration, without a URL",
    "pyproject.toml": "PEP 621, with dependency groups (PEP 735)",
    "db.py": "Base with a naming convention, engine, session",
    "models": "a new file is found by itself",
    "__main__.py": "Alembic's commands and those of tools/",
    "autogenerate.py": "leads to comparison/",
    "backfill.py": "op.backfill(): fills a column of a big table",
    "bar.py": "how far it is",
    "batches.py": "how that goes through a table",
    "comparison": "what makes autogenerate right on this database",
    "commands.py": "upgrade() and require_head() for an application's start",
    "concurrently.py": "an index is built once, though a migration is run again",
    "contract.py": "which revisions wait until the old code is gone",
    "database.py": "URL and transactions of this database",
    "durations.py": "how long each revision took",
    "env.py": "shown below",
    "failures.py": "what a migration that fails says",
    "heads.py": "heads.txt, in which two new heads are a conflict",
    "hooks.py": "target_metadata, models, options of context.configure()",
    "lock.py": "one migration at a time",
    "lock_clause.py": "LOCK=NONE in the statements of a revision",
    "lock_timeout.py": "how long a statement waits for a table",
    "not_valid.py": "a constraint that rows break goes again",
    "pooler.py": "the lock behind a pooler",
    "progress.py": "what a long statement waits for, and how far it is",
    "replaced.py": "the way past squashed revisions",
    "resume.py": "how a revision goes on where it failed",
    "retries.py": "what is run again when a table or a row was in use",
    "sql_script.py": "what `--sql` writes may be run again",
    "unknown.py": "what is said of a revision that is named, and has no file",
    "url.py": "the server's URL as its provider prints it, for this driver",
    "migrations/README.md": "the daily commands",
    "tools": "commands that Alembic lacks",
    "versions": "the revisions",
    "test_migrations.py": "one head, models match, down and up with rows, no edit of what landed",
}
FOLDERS = {  # shown as one, with a file
    "comparison": "__init__.py",
    "tools": "rebase.py",
    "versions": ".gitkeep",
}
FREE_TEXT = {
    "package": "an importable name, by default from the folder's name",
    "directory": "`migrations`, `alembic` or another name",
    "metadata": "`module:object`, by default `<package>.models:Base.metadata`",
}
WITH_ALL = "each combination of answers"  # tests/test_matrix.py
WITH_ONE = "one combination"


def tree(project: Path) -> str:
    """Return the files of a project with their owners."""
    patterns = template.configuration()["_skip_if_exists"]
    users = GitIgnoreSpec.from_lines(patterns)
    lines: list[tuple[str, str]] = [(f"{project.name}/", "")]

    def owner(path: Path) -> str:
        if path.name == ".copier-answers.yml":
            return "Copier's"
        name = path / FOLDERS[path.name] if path.name in FOLDERS else path
        return "yours" if users.match_file(str(name.relative_to(project))) else "template's"

    def walk(folder: Path, indent: str) -> None:
        entries = sorted(folder.iterdir(), key=lambda path: (path.is_dir(), path.name))
        for path in entries:
            last = path == entries[-1]
            inside = path.is_dir() and path.name not in FOLDERS
            note = NOTES.get(path.name, NOTES.get(f"{folder.name}/{path.name}", ""))
            comment = ": ".join(filter(None, ["" if inside else owner(path), note]))
            name = path.name + "/" * path.is_dir()
            lines.append((indent + ("└── " if last else "├── ") + name, comment))
            if inside:
                walk(path, indent + ("    " if last else "│   "))

    walk(project, "")
    width = max(len(name) for name, _ in lines) + 2
    return code("text", "\n".join(f"{name:{width}}{note}".rstrip() for name, note in lines))


def code(language: str, text: str) -> str:
    """Return a fenced block."""
    return f"```{language}\n{text.rstrip()}\n```"


def table(*rows: list[str]) -> str:
    """Return a table; the first row is its head."""
    head, *body = (f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows)
    return "\n".join([head, "|---" * len(rows[0]) + "|", *body])


def questions() -> str:
    """Return the questions with their values and copier.yml's help."""
    rows = []
    for name, question in template.questions().items():
        *asked, later = re.split(r"(?<=[.?])\s+", question["help"])
        values = "see [drivers.md](drivers.md)"
        if name != "driver":
            values = FREE_TEXT.get(name) or ", ".join(
                f"`{value}`" for value in template.choices(name, project="new")
            )
        if only := re.search(r"project == '(\w+)'", question.get("when", "")):
            values += f"; only asked for `project={only[1]}`"
        rows.append([f"`{name}`", values, " ".join(asked), later])
    return table(["name", "values, the default first", "question", "afterwards"], *rows)


def drivers() -> str:
    """Return the drivers with what they install and what was verified."""
    rows = []
    for mode, driver in template.MODES_AND_DRIVERS:
        server = server_of(driver)
        if server == "sqlite":
            verified = "every test run migrates a file"
        elif server in STARTERS:
            verified = "every test run migrates a real server"
        else:
            verified = "**SQL only: not run against a server here**"
        on_mysql = (mode, f"{driver}{template.ON_MYSQL}") in template.MODES_AND_DRIVERS_ON_MYSQL
        servers = [server] * (server != "sqlite") + ["mysql"] * on_mysql
        rows.append(
            [
                mode,
                f"`{driver}`",
                ", ".join(f"`{each}`" for each in template.requirements(mode, driver)[2:])
                or "nothing",
                verified,
                WITH_ALL if server == "mariadb" else "",
                WITH_ONE if on_mysql else "",
                ", ".join(f"`{variable(each)}`" for each in servers),
            ]
        )
    head = ["mode", "driver", "installs", "verified", "on MariaDB", "on MySQL", "your own server"]
    return table(head, *rows)


def rendered_files() -> dict[str, str]:
    """Return the tree of a project, and its env.py."""
    with tempfile.TemporaryDirectory() as folder:
        project = template.render(Path(folder, "my-app"), driver="postgresql+psycopg")
        env = (project / "src/my_app/migrations/env.py").read_text()
        return {"tree": tree(project), "env.py": code("python", env)}


LLMS = """\
# copier-alembic

> A Copier template that gives a Python project its Alembic migrations, right the first time and
> kept right by `copier update`. SQLite, PostgreSQL, MySQL and MariaDB, sync and async.
"""


def llms() -> str:
    """Return the text for language models: each page of the site with what it answers."""
    lines = [LLMS]
    site = tomllib.loads((template.ROOT / "zensical.toml").read_text())["project"]
    for section in site["nav"]:
        ((name, pages),) = section.items()
        lines.append(f"## {name}\n")
        for page in pages if isinstance(pages, list) else [{name: pages}]:
            ((title, file),) = page.items()
            heading = (template.ROOT / "docs" / file).read_text().partition("# ")[2]
            asked = heading.partition("\n")[0]
            place = "" if file == "README.md" else f"{file.removesuffix('.md')}/"
            lines.append(f"- [{title}](./{place}): {asked}")
        lines.append("")
    return "\n".join(lines)


# By its page: what returns the generated parts by the name in their markers.
PAGES: dict[str, Callable[[], dict[str, str]]] = {
    "rendered-files.md": rendered_files,
    "questions.md": lambda: {"questions": questions()},
    "drivers.md": lambda: {"drivers": drivers()},
}


def update(*, check: bool) -> None:
    """Rewrite the pages, or exit with 1 if one would change."""
    for_models = template.ROOT / "docs" / "llms.txt"
    if not check:
        for_models.write_text(llms())
    elif for_models.read_text() != llms():
        sys.exit("llms.txt is not up to date: run python -m scripts.readme")
    for page, names in PAGES.items():
        file = template.ROOT / "docs" / page
        before = text = file.read_text()
        for name, part in names().items():
            start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
            pattern = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
            text, count = pattern.subn(lambda _, new=f"{start}\n{part}\n{end}": new, text)  # type: ignore[misc]
            if count != 1:
                sys.exit(f"{page} must have one {start} … {end}")
        if not check:
            file.write_text(text)
        elif text != before:
            sys.exit(f"{page} is not up to date: run python -m scripts.readme")


if __name__ == "__main__":
    update(check="--check" in sys.argv)
