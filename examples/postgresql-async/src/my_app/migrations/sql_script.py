# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What `--sql` writes may be run again after it was stopped."""

import re
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Index

# By nature, or with what stands before them in a revision, which squawk does not see.
REPEATED = re.compile(
    r"ALTER INDEX .+ RENAME TO "
    r"|ALTER TABLE .+ (RENAME CONSTRAINT |ALTER COLUMN .+ DROP NOT NULL)"
)
IGNORE = "-- squawk-ignore prefer-robust-stmts, renaming-object\n"


def repeatable(migration: MigrationContext) -> None:
    """Drop an index first that a script before this one left half built."""
    impl: Any = migration.impl
    create, write = impl.create_index, impl.static_output

    def create_index(index: Index, **options: Any) -> None:
        if index.dialect_options["postgresql"]["concurrently"]:
            impl.drop_index(index, if_exists=True)
            options["if_not_exists"] = True
        create(index, **options)

    def static_output(sql: str) -> None:
        write(f"{IGNORE}{sql}" if REPEATED.match(sql) else sql)

    vars(impl).update(create_index=create_index, static_output=static_output)
