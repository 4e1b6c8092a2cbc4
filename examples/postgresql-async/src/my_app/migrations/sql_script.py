# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What `--sql` writes may be run again after it was stopped."""

import re
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Index

# What may be run again, of itself or after the statements that come before it in a
# revision, which squawk doesn't know.
REPEATED = re.compile(
    r"ALTER INDEX .+ RENAME TO "
    r"|ALTER TABLE .+ (RENAME CONSTRAINT |ALTER COLUMN .+ DROP NOT NULL)"
)
IGNORE = "-- squawk-ignore prefer-robust-stmts, renaming-object\n"


def repeatable(migration: MigrationContext) -> None:
    """Drop an index first that was left half built, and tell squawk of the rest."""
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
