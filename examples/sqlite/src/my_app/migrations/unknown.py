# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What is said of a revision that something names, and that has no file."""

from collections.abc import Callable, Iterator
from typing import Any, cast

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError, to_tuple

ADVICE = (
    "run the newer code that migrated it, or restore the revision's file; if that is "
    "lost, `which` finds the revision to stamp"
)


def require_files(scripts: ScriptDirectory) -> None:
    """Raise a CommandError if a revision follows one that has no file."""
    try:
        scripts.get_heads()
    except KeyError as error:
        name = next(iter(error.args), "")
        for each in scripts._load_revisions():  # has another error again
            follows = to_tuple(each.down_revision, default=())
            if name in (*follows, *to_tuple(each.dependencies, default=())):
                raise CommandError(
                    f"Revision {each.revision} follows {name}, which has no file: "
                    f"restore the file, or have {each.revision} follow another revision"
                ) from error
        raise


def explain(migration: MigrationContext) -> None:
    """Add to Alembic's error that the database is at such a revision: what to do."""
    found = cast("Callable[..., Any]", migration._migrations_fn)

    def steps(heads: tuple[str, ...], context: MigrationContext) -> Iterator[Any]:
        try:
            yield from found(heads, context)
        except CommandError as error:
            if getattr(error.__cause__, "argument", None) not in heads:
                raise
            message = f"{error}, at which the database is: {ADVICE}"
            raise CommandError(message) from error

    migration._migrations_fn = steps
