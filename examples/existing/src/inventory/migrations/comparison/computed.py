# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which generated columns are as the models say."""

import re
from contextlib import suppress

from sqlalchemy import Column, Computed, Table
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.exc import DBAPIError

from .asking import AskingImpl


def take_computed_of_model(
    impl: AskingImpl, table: Table, column_info: ReflectedColumn
) -> None:
    """Take the model's expression if this database says it so: text is compared."""
    if "computed" not in column_info:
        return
    there = column_info["computed"]
    for twins in impl.context_opts["target_metadata"]:
        twin = twins.tables.get(table.key)
        model = None if twin is None else twin.columns.get(column_info["name"])
        if model is None or not model.computed:
            continue
        sqltext = model.computed.sqltext
        literally = {"literal_binds": True}
        told = sqltext.compile(dialect=impl.dialect, compile_kwargs=literally)
        if bare(str(told)) == bare(there["sqltext"]):
            continue  # Alembic sees no difference either
        others = [Column(c.name, c.type) for c in twin.columns if c is not model]
        same = Computed(sqltext, model.computed.persisted)
        made = Column(model.name, model.type, same)
        with suppress(DBAPIError), impl.asking(made, *others) as (asks, asking):
            asked, *_ = asks.get_columns(asking.name)
            if asked["computed"] == there:
                there["sqltext"] = sqltext


def bare(sql: str) -> str:
    """Return SQL without what Alembic leaves out of the comparison too."""
    return re.sub(r"[\s()'\"`\[\]]", "", sql).lower()
