# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which indexes foreign keys of MySQL and MariaDB need.

One that begins with their columns. Where a table has none, the server makes it as it
adds the foreign key. It takes its own index away in silence when another comes that
will do, and leaves it behind when the foreign key goes.
"""

from collections.abc import Iterable
from typing import Any, cast

from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Table

from .checks import changes_of
from .keys import lift, source, staying_keys, take_name, target
from .mysql_index_parts import (
    Indexes,
    adds_or_drops_key,
    beginning_of,
    created,
    dropped,
    is_of,
    serves,
    take_kept_names,
)
from .mysql_indexes import IndexesImpl
from .mysql_order import drop_late
from .operations import OpList
from .order import drops_foreign_key, table_key


def keep_needed_indexes(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Leave foreign keys the indexes that they need, and none without a key."""
    keys: list[ops.CreateForeignKeyOp] | None = None
    creates = [op for op in upgrade.ops if isinstance(op, ops.CreateTableOp)]
    new = {table_key(op) for op in creates}
    for metadata in context.opts["target_metadata"]:
        for table in metadata.tables.values():
            changes = [] if table.key in new else changes_of(table, upgrade).ops
            if any(
                dropped(op) or created(op) or adds_or_drops_key(op) for op in changes
            ):
                keys = keys or list(staying_keys(context, upgrade))
                for container in (upgrade, downgrade):
                    changes = changes_of(table, container).ops
                    take_kept_names(changes, context.dialect)
                needed = NeededIndexes(cast("IndexesImpl", context.impl), table, keys)
                after = needed.correct(needed.there(), upgrade, downgrade)
                needed.correct(after, downgrade)


class NeededIndexes:
    """A table, and the foreign keys that stay and need its indexes."""

    def __init__(
        self, impl: IndexesImpl, table: Table, keys: Iterable[ops.CreateForeignKeyOp]
    ) -> None:
        """Find the foreign keys, on both sides."""
        self.impl = impl
        self.table = table
        self.keys = [
            key
            for key in keys
            if source(key) == table.key and take_name(key, impl.inspector)
        ]
        self.needs = [key.local_cols for key in self.keys]
        self.needs += [key.remote_cols for key in keys if target(key) == table.key]
        # Those that the server has not made by itself.
        self.made = {str(index.name) for index in table.indexes}

    def there(self) -> Indexes:
        """Return the indexes that are in the database."""
        keys = self.impl.keys(self.table)
        self.made |= {name for name, (first, *_) in keys.items() if not first[0]}
        return {name: self.impl.beginning(parts) for name, parts in keys.items()}

    def correct(
        self,
        there: Indexes,
        container: ops.OpContainer,
        back: ops.OpContainer | None = None,
    ) -> Indexes:
        """Correct one direction, and return the indexes that are there after it."""
        changes = changes_of(self.table, container).ops
        gone = {dropped(op) for op in changes}
        creates = [index for op in changes if (index := created(op)) is not None]
        new = {str(i.name): beginning_of(i) for i in creates}
        after = {name: there[name] for name in there if name not in gone} | new
        adds = [op for op in changes if isinstance(op, ops.CreateForeignKeyOp)]
        for name in self.left_behind(after, changes, [*self.keys, *adds], new):
            create = self.create(name, after.pop(name))
            changes.insert(0, create.reverse())
            if back:  # under its name, for the next upgrade
                changes_of(self.table, back).ops.append(create)
        for name, columns in [*after.items()]:
            own = any(is_of(key, name, columns) for key in (*self.keys, *adds))
            if own and name not in self.made and serves(new, columns):
                del after[name]
        for key in (*self.keys, *adds):
            if serves(after, key.local_cols):
                continue
            name = str(key.constraint_name)
            after[name] = key.local_cols
            if key in adds:
                continue  # the server makes it
            if back:
                create = self.create(name, key.local_cols)
                changes.insert(0, create)
                changes_of(self.table, back).ops.append(create.reverse())
            else:  # it was the server's own, which the next upgrade counts on
                lift(key, container)
        drop_late(self.impl, self.table, self.needs, there, changes)
        return after

    def left_behind(
        self,
        indexes: Indexes,
        changes: OpList,
        keys: list[ops.CreateForeignKeyOp],
        new: Indexes,
    ) -> list[str]:
        """Return the indexes that the server made for foreign keys that go."""
        lost = {op.column_name for op in changes if isinstance(op, ops.DropColumnOp)}
        going = [cast("Any", op).reverse() for op in changes if drops_foreign_key(op)]
        return [
            name
            for name, columns in indexes.items()
            if any(is_of(key, name, columns) for key in going)
            and not any(is_of(key, name, columns) for key in keys)
            and name not in {*new, *self.made}
            and not {*columns} <= lost
        ]

    def create(self, name: str, columns: list[str]) -> ops.CreateIndexOp:
        """Return what creates an index."""
        schema = self.table.schema
        return ops.CreateIndexOp(name, self.table.name, columns, schema=schema)
