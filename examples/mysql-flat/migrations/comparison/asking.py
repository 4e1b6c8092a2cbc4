# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What the database itself says of a column or a CHECK."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any, cast

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Inspector,
    MetaData,
    Table,
    inspect,
    text,
)
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable, DropTable, SchemaItem

from .column_types import ddl
from .implementation import BaseImpl

log = logging.getLogger("alembic.autogenerate")


class AskingImpl(BaseImpl):
    """Compares with what a temporary table has: no other way knows all the rules."""

    @cached_property
    def inspector(self) -> Inspector:
        """Keep what the database says of its tables: it is asked for all of them."""
        return inspect(cast("Connection", self.connection))

    @cached_property
    def answers(self) -> dict[str, ReflectedColumn | None]:
        """Keep what the database said by what it was asked: columns are alike."""
        return {}

    def compare_type(
        self, inspector_column: Column[Any], metadata_column: Column[Any]
    ) -> bool:
        """Return whether the type of the model differs from that of the database."""
        found = ddl(inspector_column.type, self.dialect)
        if found == ddl(metadata_column.type, self.dialect):
            return False
        asked = self.ask(metadata_column, None, inspector_column.table)
        return not asked or ddl(asked["type"], self.dialect) != found

    def compare_server_default(
        self,
        inspector_column: Column[Any],
        metadata_column: Column[Any],
        rendered_metadata_default: str | None,
        rendered_inspector_default: str | None,
    ) -> bool:
        """Return whether the default of the model differs from that of the database."""
        model, found = rendered_metadata_default, rendered_inspector_default
        if model is None:
            compare = cast("Any", super().compare_server_default)
            if not compare(inspector_column, metadata_column, model, found):
                return False  # of a SERIAL
        compiler = cast("Any", self.dialect).ddl_compiler(self.dialect, None)
        told = compiler.get_column_default_string(metadata_column)
        if self.keeps_default(told, found, inspector_column, metadata_column):
            return False
        asked = self.ask(metadata_column, model, inspector_column.table)
        return not asked or not self.same_default(
            asked["default"], found, inspector_column, metadata_column
        )

    def keeps_default(
        self, told: str | None, found: str | None, *_: Column[Any]
    ) -> bool:
        """Return whether a default needs no question: it would be told the same."""
        return told == found

    def same_default(
        self, asked: str | None, found: str | None, *_: Column[Any]
    ) -> bool:
        """Return whether the database says the same of two defaults."""
        return asked == found

    def table_options(self, _: Table, /) -> dict[str, Any]:
        """Return options of a table that its columns have without saying so."""
        return {}

    def create(self, table: Table) -> None:
        """Create a table; a statement that fails must not end the transaction."""
        connection = cast("Connection", self.connection)
        with connection.begin_nested():
            connection.execute(CreateTable(table))

    def ask(
        self, model: Column[Any], default: str | None, table: Table
    ) -> ReflectedColumn | None:
        """Return the column as the database has it, from a temporary table."""
        arg = None if default is None else getattr(model.server_default, "arg", None)
        options = self.table_options(table)
        spelt = (ddl(model.type, self.dialect), default, model.nullable, options)
        question = repr((isinstance(arg, str), *spelt))
        if question in self.answers:
            return self.answers[question]
        column = Column(
            "asked", model.type, nullable=model.nullable, server_default=arg
        )
        self.answers[question] = None
        try:
            with self.asking(column, **options) as (inspector, asking):
                asked, *_ = inspector.get_columns(asking.name)
                cast("Any", self).autogen_column_reflect(inspector, asking, asked)
        except DBAPIError as error:  # of a type that the revision will create
            log.info("Can't ask about %s.%s: %s", table.name, model.name, error.orig)
            return None
        self.answers[question] = asked
        return asked

    def ask_checks(self, table: Table, checks: dict[str, str]) -> dict[str, str]:
        """Return CHECKs by name as the database has them, from a temporary table."""
        columns = [Column(column.name, column.type) for column in table.columns]
        asked = [
            CheckConstraint(text(condition), name=f"asked{number}")
            for number, condition in enumerate(checks.values())
        ]
        try:
            with self.asking(*columns, *asked) as (inspector, asking):
                there = inspector.get_check_constraints(asking.name)
        except DBAPIError as error:  # of a type that the revision will create
            log.info("Can't ask about the CHECKs of %s: %s", table.name, error.orig)
            return {}
        said = {check["name"]: check["sqltext"] for check in there}
        return {name: said[f"asked{n}"] for n, name in enumerate(checks)}

    def ask_expression(self, *columns: Column[Any]) -> str | None:
        """Return how the database generates the first of these columns."""
        with suppress(DBAPIError), self.asking(*columns) as (inspector, asking):
            first, *_ = inspector.get_columns(asking.name)
            return first["computed"]["sqltext"]
        return None  # of a type or a function that the revision will create

    @contextmanager
    def asking(
        self, *items: SchemaItem, **options: Any
    ) -> Iterator[tuple[Inspector, Table]]:
        """Make a temporary table of these, for the inspector."""
        connection = cast("Connection", self.connection)
        prefixes = ["TEMPORARY"]
        table = Table("alembic_asked", MetaData(), *items, prefixes=prefixes, **options)
        self.create(table)
        try:
            yield inspect(connection), table
        finally:
            connection.execute(DropTable(table))
