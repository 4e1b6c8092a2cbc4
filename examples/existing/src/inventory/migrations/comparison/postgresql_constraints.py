# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which constraints of PostgreSQL are as the models say, with their arguments."""

from functools import cached_property
from typing import Any, cast

from alembic.ddl._autogen import ComparisonResult
from sqlalchemy import Connection, ForeignKeyConstraint, Index, UniqueConstraint, text

from .postgresql_indexes import IndexesImpl, OnTable

# Deferrable, initially deferred, and MATCH FULL.
Arguments = tuple[bool, bool, bool]


class ConstraintsImpl(IndexesImpl):
    """Compares unique constraints and foreign keys with all that is theirs."""

    @cached_property
    def arguments(self) -> dict[OnTable, Arguments]:
        """Return what the database says of constraints that are not plain."""
        default = self.dialect.default_schema_name
        query = """
            SELECT nspname, relname, conname, condeferrable, condeferred,
                confmatchtype = 'f'
            FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
            JOIN pg_namespace ON pg_namespace.oid = relnamespace
            WHERE contype IN ('f', 'u') AND (condeferrable OR confmatchtype = 'f')
        """
        rows = cast("Connection", self.connection).execute(text(query))
        return {
            (None if schema == default else schema, table, name): (one, two, three)
            for schema, table, name, one, two, three in rows
        }

    def arguments_of(self, constraint: Any) -> Arguments:
        """Return what the database says of a constraint."""
        table = constraint.table
        key = table.schema, table.name, str(constraint.name)
        return self.arguments.get(key, (False, False, False))

    def correct_for_autogen_constraints(
        self,
        conn_unique_constraints: set[UniqueConstraint],
        conn_indexes: set[Index],
        metadata_unique_constraints: set[UniqueConstraint],
        metadata_indexes: set[Index],
    ) -> None:
        """Complete what was read, and find those that have no name in the models."""
        super().correct_for_autogen_constraints(
            conn_unique_constraints,
            conn_indexes,
            metadata_unique_constraints,
            metadata_indexes,
        )
        names: dict[frozenset[str], Any] = {}
        for constraint in conn_unique_constraints:
            deferrable, deferred, _ = self.arguments_of(constraint)
            constraint.deferrable = deferrable or None
            constraint.initially = "DEFERRED" if deferred else None
            names[frozenset(columns_of(constraint))] = constraint.name
        for constraint in metadata_unique_constraints:
            if constraint.name is None:  # Alembic would look at its columns alone
                constraint.name = names.get(frozenset(columns_of(constraint)))

    def compare_unique_constraint(
        self,
        metadata_constraint: UniqueConstraint,
        reflected_constraint: UniqueConstraint,
    ) -> ComparisonResult:
        """Compare when a constraint is looked at, and what its index includes."""
        both = reflected_constraint, metadata_constraint
        found, wanted = map(unique_signature, both)
        if found != wanted:
            return ComparisonResult.Different(f"{found} to {wanted}")
        return super().compare_unique_constraint(
            metadata_constraint, reflected_constraint
        )

    @cached_property
    def other_matches(self) -> list[tuple[ForeignKeyConstraint, ForeignKeyConstraint]]:
        """Keep foreign keys of another MATCH, for change_matches()."""
        return []

    def correct_for_autogen_foreignkeys(
        self,
        conn_fks: set[ForeignKeyConstraint],
        metadata_fks: set[ForeignKeyConstraint],
    ) -> None:
        """Read MATCH of foreign keys, and keep those apart that have another one."""
        models = {foreign_key_signature(key): key for key in metadata_fks}
        for there in [*conn_fks]:
            there.match = "FULL" if self.arguments_of(there)[2] else None
            model = models.get(foreign_key_signature(there))
            if model is not None and (model.match == "FULL") != (there.match == "FULL"):
                self.other_matches.append((there, model))
                conn_fks.discard(there)
                metadata_fks.discard(model)


def columns_of(constraint: UniqueConstraint) -> tuple[str, ...]:
    """Return the names of the columns."""
    return tuple(column.name for column in constraint.columns)


def unique_signature(constraint: UniqueConstraint) -> tuple[object, ...]:
    """Return what is compared of a unique constraint."""
    include = constraint.dialect_options["postgresql"].get("include") or ()
    return (
        columns_of(constraint),
        bool(constraint.deferrable),
        (constraint.initially or "").upper() == "DEFERRED",
        [str(getattr(column, "name", column)) for column in include],
    )


def foreign_key_signature(key: ForeignKeyConstraint) -> tuple[str, ...]:
    """Return columns and targets of a foreign key."""
    return (*key.column_keys, *(element.target_fullname for element in key.elements))
