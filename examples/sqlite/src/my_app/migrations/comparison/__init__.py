# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What makes autogenerate right: the models, as this database would hold them.

Stock Alembic compares models with a database that says the same in other words. Here a
copy of the models says it in the database's own (twins.py), which is asked where only
it knows (asking.py). What Alembic then finds is mended, and the revision written.
"""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, cast

from alembic import __version__ as alembic_version
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.util import to_list

from .drops import note_drops
from .implementation import BaseImpl, reflect_referred_tables
from .models import import_models
from .names import name_constraints
from .required import note_required
from .revision import format_with_ruff, say_no_more, write
from .twins import as_in_database


def prepare(migration: MigrationContext, hooks: ModuleType) -> None:
    """Import the models, and compare with what this database would hold of them."""
    import_models(hooks)
    if migration.script:
        format_with_ruff(migration.script)
    impl = implementation(migration)
    migration.opts.update(options(hooks, impl))
    if not impl:
        return
    migration.impl = impl
    if hooks.target_metadata:
        models = to_list(hooks.target_metadata)
        twins = [as_in_database(metadata, impl) for metadata in models]
        migration.opts["target_metadata"] = twins
        impl.configure(migration, hooks)


def implementation(migration: MigrationContext) -> BaseImpl | None:
    """Return Alembic's implementation of this database with ours before it."""
    name = f"{__name__}.{migration.dialect.name.replace('mariadb', 'mysql')}"
    if not find_spec(name):
        return None  # the URL of the Config is one of another database
    stock = migration.impl
    exact = type("ExactImpl", (import_module(name).Impl, type(stock)), {})
    made = exact(
        stock.dialect,
        stock.connection,
        stock.as_sql,
        stock.transactional_ddl,
        stock.output_buffer,
        migration.opts,
    )
    if tuple(map(int, alembic_version.split(".")[:2])) < (1, 18):
        reflect_referred_tables(made)
    return cast("BaseImpl", made)


def options(hooks: ModuleType, impl: BaseImpl | None) -> dict[str, Any]:
    """Return arguments of context.configure() that heed those of hooks.py."""
    users_directives = hooks.options.get("process_revision_directives")

    def process_revision_directives(
        context: MigrationContext, revision: Any, directives: list[ops.MigrationScript]
    ) -> None:
        for script in directives:
            upgrade = cast("ops.UpgradeOps", script.upgrade_ops)
            downgrade = cast("ops.DowngradeOps", script.downgrade_ops)
            name_constraints(upgrade.ops)
            name_constraints(downgrade.ops)
            for step in impl.steps if impl else ():
                step(context, upgrade, downgrade)
            say_no_more(context, upgrade)
            say_no_more(context, downgrade)
        if users_directives:
            users_directives(context, revision, directives)
        note_drops(context, directives)
        note_required(context, directives)
        if impl:
            impl.warn(context, directives)
        write(context, directives, impl.in_parts(context, directives) if impl else [])

    users_object = hooks.options.get("include_object")

    def include_object(item: Any, name: str | None, kind: str, *rest: Any) -> bool:
        included = bool(not users_object or users_object(item, name, kind, *rest))
        _, there = rest
        if impl and included and kind == "table" and there is not None:
            impl.compared[item] = there
        return included

    users_item = hooks.options.get("render_item")

    def render_item(kind: str, item: Any, context: AutogenContext) -> str | bool:
        context.opts[f"rendered_{kind}"] = item
        rendered = users_item(kind, item, context) if users_item else False
        if rendered is False and isinstance(getattr(item, "arg", None), str):
            return repr(str.__str__(item.arg))  # Alembic takes its quotes off
        return rendered

    return {
        "include_object": include_object,
        "process_revision_directives": process_revision_directives,
        "render_item": render_item,
    }
