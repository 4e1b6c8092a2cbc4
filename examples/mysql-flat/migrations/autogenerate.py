# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""What makes autogenerate right on MySQL and MariaDB."""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from copy import copy
from difflib import get_close_matches
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from inspect import Parameter, signature
from itertools import chain, count
from pathlib import Path
from textwrap import wrap
from types import FunctionType, ModuleType
from typing import Any, cast

import sqlalchemy as sa
from alembic.autogenerate import render_op_text, renderers
from alembic.autogenerate.api import AutogenContext
from alembic.ddl.impl import DefaultImpl
from alembic.ddl.mysql import MariaDBImpl, MySQLImpl
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError, to_list
from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    ClauseElement,
    Column,
    Connection,
    Dialect,
    Enum,
    ForeignKeyConstraint,
    Inspector,
    MetaData,
    Sequence,
    Table,
    TextClause,
    inspect,
    make_url,
    text,
)
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.exc import DBAPIError, NoSuchModuleError
from sqlalchemy.schema import (
    CreateSequence,
    CreateTable,
    DropTable,
    SchemaItem,
    sort_tables_and_constraints,
)
from sqlalchemy.sql.elements import conv
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlalchemy.util import immutabledict

DIALECTS = ["mysql", "mariadb"]  # and not another URL of the Config
OpList = list[ops.MigrateOperation]

log = logging.getLogger("alembic.autogenerate")


def options(hooks: ModuleType) -> dict[str, Any]:
    """Return arguments of context.configure() that heed those of hooks.py."""
    users_directives = hooks.options.get("process_revision_directives")

    def process_revision_directives(
        context: MigrationContext, revision: Any, directives: list[ops.MigrationScript]
    ) -> None:
        for script in directives:
            mend(context, script)
        if users_directives:
            users_directives(context, revision, directives)
        note_drops(context, directives)
        write_no_empty_revision(context, directives)

    users_item = hooks.options.get("render_item")

    def render_item(kind: str, item: Any, context: AutogenContext) -> str | bool:
        context.opts[f"rendered_{kind}"] = item
        rendered = users_item(kind, item, context) if users_item else False
        if rendered is False and isinstance(getattr(item, "arg", None), str):
            return repr(str.__str__(item.arg))  # Alembic takes its quotes off
        return rendered

    return {
        "process_revision_directives": process_revision_directives,
        "render_item": render_item,
    }


def prepare(migration: MigrationContext, hooks: ModuleType) -> None:
    """Import the models, and compare with what this database would hold of them."""
    import_models(hooks)
    migration.opts.update(options(hooks))
    before = migration.impl  # Alembic's, made before the class below was there
    migration.impl = DefaultImpl.get_by_dialect(before.dialect)(
        before.dialect,
        before.connection,
        before.as_sql,
        before.transactional_ddl,
        before.output_buffer,
        migration.opts,
    )
    if migration.script:
        format_with_ruff(migration.script)
    if migration.dialect.name not in DIALECTS or not hooks.target_metadata:
        return
    models = to_list(hooks.target_metadata)
    twins = [as_in_database(metadata, migration.dialect) for metadata in models]
    migration.opts["target_metadata"] = twins
    schemas = {table.schema for twin in twins for table in twin.tables.values()}
    if schemas - {None} and "include_schemas" not in hooks.options:
        migration.opts["include_schemas"] = True
    look_at(migration, schemas)


def import_models(hooks: ModuleType) -> None:
    """Import every module of the models: without its model, a table looks dropped."""
    for name in hooks.models:
        package = import_module_of_models(name)
        for path in getattr(package, "__path__", ()):
            folder = Path(path).resolve()
            migrations = {file.parent for file in folder.rglob("script.py.mako")}
            for file in sorted(folder.rglob("*.py")):
                if file.name == "__main__.py" or migrations & {*file.parents}:
                    continue
                parts = file.relative_to(folder).with_suffix("").parts
                module = ".".join((name, *parts)).removesuffix(".__init__")
                import_module_of_models(module)
    if not any(metadata.tables for metadata in to_list(hooks.target_metadata, [])):
        message = f"No model is below {', '.join(hooks.models)}: correct `models` in "
        raise CommandError(message + str(hooks.__file__))


def import_module_of_models(name: str) -> ModuleType:
    """Import a module, and name one that fails."""
    try:
        return import_module(name)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".partition("\n")[0]
        message = f"{name} can't be imported ({reason}); alembic --raiseerr shows where"
        raise CommandError(message) from error


def format_with_ruff(script: ScriptDirectory) -> None:
    """Have ruff format the revision, if it is installed and no hook is configured."""
    if find_spec("ruff") and not script.hooks:
        hook = {"_hook_name": "ruff", "type": "module", "module": "ruff"}
        file = "--no-cache --quiet REVISION_SCRIPT_FILENAME"
        script.hooks = [
            {**hook, "options": f"check --select F401,I --fix-only {file}"},
            {**hook, "options": f"format {file}"},
        ]


def as_in_database(metadata: MetaData, dialect: Dialect) -> MetaData:
    """Return a copy of the models that says what the database will say of them."""
    default = dialect.default_schema_name

    def schema(name: str | None, *_: object) -> str | None:
        return None if name == default else name

    twins = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.tables.values():
        twin = table.to_metadata(
            twins,
            schema=cast("str", schema(table.schema)),
            referred_schema_fn=lambda *args: schema(args[-1]),
        )
        for column in twin.columns:
            column.type = in_database(table.columns[column.key].type, dialect)
            column.nullable = column.nullable and not column.primary_key
            if column.identity:  # which this database does not know
                column.identity = column.server_default = None
            if sequence_of(column) or (column.primary_key and column.default):
                column.autoincrement = False  # the database would add a sequence
        write_out_checks(twin)
        leave_those_of_other_databases(table, twin, dialect)
        name_checks(twin, dialect)
    mark_circles(twins.tables.values())
    return twins


def leave_those_of_other_databases(table: Table, twin: Table, dialect: Dialect) -> None:
    """Take out what rules make no part of this database, such as those of ddl_if()."""
    compiler = cast("Any", dialect).ddl_compiler(dialect, None)

    def key(item: object) -> tuple[object, ...]:
        columns = tuple(column.name for column in getattr(item, "columns", ()))
        sqltext = getattr(item, "sqltext", None)
        sql = "" if sqltext is None else str(sqltext.compile(dialect=dialect))
        return type(item), getattr(item, "name", None), columns, sql

    others = set()
    of_columns = (column.constraints for column in table.columns)
    for item in chain(table.constraints, table.indexes, *of_columns):
        ddl_if = getattr(getattr(item, "_ddl_if", None), "_should_execute", None)
        rule = getattr(item, "_create_rule", None)
        if (ddl_if and not ddl_if(None, item, None, compiler=compiler)) or (
            rule and not rule(compiler)
        ):
            others.add(key(item))
    twin.constraints = {item for item in twin.constraints if key(item) not in others}
    twin.indexes = {item for item in twin.indexes if key(item) not in others}


def mark_circles(tables: Iterable[Table]) -> None:
    """Mark foreign keys that close a circle as those to add after the tables."""
    *_, (_, circular) = cast("Any", sort_tables_and_constraints)(tables)
    for constraint in circular:
        constraint.use_alter = True


def write_out_checks(table: Table) -> None:
    """Make CHECKs of types and columns those of the table: Alembic writes no others."""
    checks = [c for c in table.constraints if getattr(c, "_type_bound", False)]
    for column in table.columns:
        checks += [c for c in column.constraints if isinstance(c, CheckConstraint)]
        column.constraints.difference_update(checks)
        column.type = without_check(column.type)
    table.constraints.difference_update(checks)
    for check in checks:
        same = CheckConstraint(cast("CheckConstraint", check).sqltext, name=check.name)
        table.append_constraint(same)


def without_check(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type without its CHECK."""
    bare = copy(type_)
    if isinstance(bare, Enum | Boolean):
        bare.create_constraint = False
    others = {name: without_check(each) for name, each in variants(type_).items()}
    vars(bare)["_variant_mapping"] = immutabledict(others)  # as with_variant() does
    return bare


def name_checks(table: Table, dialect: Dialect) -> None:
    """Name each CHECK: one without a name can't be dropped again."""
    checks = [item for item in table.constraints if isinstance(item, CheckConstraint)]
    taken = {check.name for check in checks}
    for check in sorted(checks, key=lambda c: str(c.sqltext.compile(dialect=dialect))):
        if not isinstance(check.name, str):
            columns = [column.name for column in check.columns]
            name = "_".join(["ck", table.name, *columns])[:60]
            names = chain([name], (f"{name}_{number}" for number in count(2)))
            check.name = conv(next(name for name in names if name not in taken))
            taken.add(check.name)


class AddCheckOp(ops.CreateCheckConstraintOp):
    """Adds a CHECK to a table: Alembic has the operation, but does not write it."""


@renderers.dispatch_for(AddCheckOp)
def render_add_check(context: AutogenContext, op: AddCheckOp) -> str:
    """Return Python that adds a CHECK."""
    impl = context.migration_context.impl
    condition = impl.render_ddl_sql_expr(cast("TextClause", op.condition))
    schema = f", schema={op.schema!r}" if op.schema else ""
    arguments = f"op.f({op.constraint_name!r}), {op.table_name!r}, {condition!r}"
    return f"op.create_check_constraint({arguments}{schema})"


def change_checks(
    context: MigrationContext, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Add CHECKs that are new, make those anew that changed: Alembic compares none."""
    inspector = inspect(cast("Connection", context.connection))
    impl = cast("ExactMySQLImpl", context.impl)
    include = AutogenContext(context).run_object_filters
    created = [op for op in upgrade.ops if isinstance(op, ops.CreateTableOp)]
    new_tables = {(op.schema, op.table_name) for op in created}
    models = context.opts["target_metadata"]
    for table in chain.from_iterable(metadata.tables.values() for metadata in models):
        if (table.schema, table.name) in new_tables:
            continue
        items = [c for c in table.constraints if isinstance(c, CheckConstraint)]
        checks = {str(c.name): impl.render_ddl_sql_expr(c.sqltext) for c in items}
        changes = changes_of(table, upgrade).ops
        lost = [op.column_name for op in changes if isinstance(op, ops.DropColumnOp)]
        if not (checks or lost) or not include(
            table, table.name, "table", reflected=False, compare_to=None
        ):
            continue
        there = inspector.get_check_constraints(table.name, schema=table.schema)
        texts = [check["sqltext"] for check in there]
        named = {str(c["name"]): c["sqltext"] for c in there if c["name"]}
        asked = impl.ask_checks(table, checks)
        new = [name for name in checks if asked.get(name, named.get(name)) not in texts]
        used = rf"\b({'|'.join(map(re.escape, lost))})\b"
        old = [n for n in named if n in new or (lost and re.search(used, named[n]))]
        before = {name: as_text(named[name], DefaultDialect()) for name in old}
        after = {name: checks[name] for name in new}
        replace_checks(table, upgrade, before, after)
        replace_checks(table, downgrade, after, before)


def changes_of(table: Table, container: ops.OpContainer) -> ops.ModifyTableOps:
    """Return the changes of a table, to add some."""
    for op in container.ops:
        if isinstance(op, ops.ModifyTableOps) and (
            (op.schema, op.table_name) == (table.schema, table.name)
        ):
            return op
    return ops.ModifyTableOps(table.name, [], schema=table.schema)


def replace_checks(
    table: Table,
    container: ops.OpContainer,
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> None:
    """Drop CHECKs before the other changes of a table, and add CHECKs after them."""
    changes = changes_of(table, container)
    if not changes.ops and (before or after):
        container.ops.append(changes)

    def add(name: str, condition: str) -> AddCheckOp:
        sql = text(condition)
        return AddCheckOp(conv(name), table.name, sql, schema=table.schema)

    drops = [add(name, condition).reverse() for name, condition in before.items()]
    adds = [add(name, condition) for name, condition in after.items()]
    changes.ops = [*drops, *changes.ops, *adds]


def in_database(type_: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    """Return SQLAlchemy's type for one that the application made, if there is one."""
    if isinstance(type_, ARRAY):
        return array_of(in_database(type_.item_type, dialect), type_)
    others = variants(type_)
    if all(is_public(type(each)) for each in (type_, *others.values())):
        return type_
    plain = implementation(type_, DefaultDialect())
    for name in sorted({dialect.name, *others, "mysql", "postgresql", "sqlite"}):
        with suppress(NoSuchModuleError):  # a variant for a dialect that isn't there
            other = dialect_of(name)
            variant = implementation(type_, other)
            if ddl(variant, other) not in (None, ddl(plain, other)):
                plain = plain.with_variant(variant, name)
    return plain


def array_of(item_type: TypeEngine[Any], like: ARRAY[Any]) -> ARRAY[Any]:
    """Return an array of other items."""
    array = copy(like)
    array.item_type = item_type
    return array


def implementation(type_: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    """Return the type that stands behind TypeDecorators and subclasses on a dialect."""
    type_ = variants(type_).get(dialect.name, type_)
    while isinstance(type_, TypeDecorator) and not is_public(type(type_)):
        type_ = type_.load_dialect_impl(dialect)
        type_ = variants(type_).get(dialect.name, type_)
    for class_ in filter(is_public, type(type_).__mro__):
        with suppress(Exception):  # of a class that is no whole type
            same = type_ if class_ is type(type_) else type_.adapt(class_)
            if same_ddl(same, type_, dialect):
                return same
    return type_


def variants(type_: TypeEngine[Any]) -> Mapping[str, TypeEngine[Any]]:
    """Return what with_variant() was given, by the dialect's name."""
    found: Mapping[str, TypeEngine[Any]] = getattr(type_, "_variant_mapping", {})
    return found


def is_public(class_: type) -> bool:
    """Return whether SQLAlchemy gives a type to its users."""
    statement, name = imported(class_)
    return statement.startswith("from sqlalchemy.") or name.startswith("sa.")


def dialect_of(name: str) -> Dialect:
    """Return a dialect without a driver."""
    return make_url(f"{name}://").get_dialect()()


def ddl(type_: TypeEngine[Any], dialect: Dialect) -> object:
    """Return what a database is told of the type, or None if it can't be."""
    with suppress(Exception):  # of a compiler, or of the type's own class
        told = dialect.type_compiler_instance.process(type_)
        return told, getattr(type_, "enums", None)
    return None


def same_ddl(one: TypeEngine[Any], other: TypeEngine[Any], dialect: Dialect) -> bool:
    """Return whether databases are told the same of two types."""
    dialects = [dialect, DefaultDialect()]
    if match := re.match(r"sqlalchemy\.dialects\.(\w+)", type(one).__module__):
        dialects.append(dialect_of(match[1]))
    told = [(ddl(one, each), ddl(other, each)) for each in dialects]
    return any(pair[0] for pair in told) and all(pair[0] == pair[1] for pair in told)


def spelling(type_: TypeEngine[Any], dialect: Dialect, imports: set[str]) -> str:
    """Return Python that gives the type, and add the imports that it needs."""
    bare = copy(type_)
    vars(bare)["_variant_mapping"] = immutabledict()  # Alembic spells them
    for spell in (of_repr, of_constructor):
        needed = {imported(type(type_))[0]}
        with suppress(Exception):  # of the type's own class
            text = spell(bare, dialect, needed)
            if same_ddl(bare, evaluated(text, needed), dialect):
                imports.update(needed)
                return text
    raise CommandError(
        f"No Python was found that gives the type {type_!r}: "
        "return some from `render_item` of options in hooks.py"
    )


def evaluated(text: str, imports: set[str]) -> TypeEngine[Any]:
    """Return the type that Python makes of a spelling."""
    namespace: dict[str, Any] = {"sa": sa}
    source = "\n".join([*imports, f"found = {text}"])
    FunctionType(compile(source, text, "exec"), namespace)()
    return cast("TypeEngine[Any]", namespace["found"])


def imported(class_: type) -> tuple[str, str]:
    """Return the import for a class and its name after that."""
    name, module = class_.__name__, class_.__module__
    dialects = "sqlalchemy.dialects."
    if module.startswith(dialects):
        dialect = module.removeprefix(dialects).partition(".")[0]
        if getattr(import_module(dialects + dialect), name, None) is class_:
            return f"from sqlalchemy.dialects import {dialect}", f"{dialect}.{name}"
    if getattr(sa, name, None) is class_:
        return "import sqlalchemy as sa", f"sa.{name}"
    return f"import {module}", f"{module}.{class_.__qualname__}"


def of_repr(type_: TypeEngine[Any], _: Dialect, __: set[str]) -> str:
    """Spell a type as it does itself."""
    name = type(type_).__name__
    return imported(type(type_))[1] + repr(type_).removeprefix(name)


def of_constructor(type_: TypeEngine[Any], dialect: Dialect, imports: set[str]) -> str:
    """Spell a type with its constructor's arguments, taken from attributes."""

    def spell(value: object) -> str:
        if isinstance(value, TypeEngine):
            return spelling(value, dialect, imports)
        if isinstance(value, list | tuple):
            return f"[{', '.join(map(spell, value))}]"
        if isinstance(value, type | FunctionType):
            imports.add(f"import {value.__module__}")
            return f"{value.__module__}.{value.__qualname__}"
        return repr(value)

    arguments: list[str] = []
    for parameter in signature(type(type_)).parameters.values():
        value = getattr(type_, parameter.name, parameter.default)
        if parameter.kind is Parameter.VAR_POSITIONAL:
            arguments += map(spell, value)
        elif parameter.kind is not Parameter.VAR_KEYWORD and value != parameter.default:
            arguments.append(f"{parameter.name}={spell(value)}")
    return f"{imported(type(type_))[1]}({', '.join(arguments)})"


class ExactMySQLImpl(MySQLImpl):
    """Compares and writes what MySQL and MariaDB says of a column."""

    __dialect__ = "mysql"

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
        if told == found:
            return False
        asked = self.ask(metadata_column, model, inspector_column.table)
        return not asked or asked["default"] != found

    def ask(
        self, model: Column[Any], default: str | None, table: Table
    ) -> ReflectedColumn | None:
        """Return the column as the database has it, from a temporary table."""
        arg = None if default is None else getattr(model.server_default, "arg", None)
        charset = ("charset", "collate")  # that columns have without saying so
        options = {k: v for k, v in table.kwargs.items() if k.endswith(charset)}
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
                (asked,) = inspector.get_columns(asking.name)
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

    @contextmanager
    def asking(
        self, *items: SchemaItem, **options: Any
    ) -> Iterator[tuple[Inspector, Table]]:
        """Make a temporary table of these, for the inspector."""
        connection = cast("Connection", self.connection)
        prefixes = ["TEMPORARY"]
        table = Table("alembic_asked", MetaData(), *items, prefixes=prefixes, **options)
        connection.execute(CreateTable(table))
        try:
            yield inspect(connection), table
        finally:
            connection.execute(DropTable(table))

    def autogen_column_reflect(
        self, inspector: Inspector, table: Table, column_info: ReflectedColumn
    ) -> None:
        """Read a default that has a string in an expression: SQLAlchemy does not."""
        if "columns" not in table.info:
            name = self.dialect.identifier_preparer.format_table(table)
            query = f"SHOW FULL COLUMNS FROM {name}"
            connection = cast("Connection", inspector.bind)
            rows = connection.exec_driver_sql(query).mappings()
            table.info["columns"] = {row["Field"]: row for row in rows}
        row = table.info["columns"][column_info["name"]]
        if column_info["default"] is None and row["Default"] is not None:
            column_info["default"] = row["Default"]
            column_info["comment"] = row["Comment"] or None

    def render_type(self, type_: TypeEngine[Any], context: AutogenContext) -> str:
        """Return the type as Python."""
        try:
            return spelling(type_, self.dialect, context.imports)
        except CommandError as error:
            column = context.opts.get("rendered_column")
            if column is None or column.type is not type_:
                raise
            raise CommandError(f"{column.table.name}.{column.name}: {error}") from error

    def render_ddl_sql_expr(self, expr: ClauseElement, *args: Any, **kw: Any) -> str:
        """Return the expression as SQL that Python can take again."""
        if isinstance(expr, TextClause) and not any(expr.compile().params.values()):
            expr = text(as_text(expr.text, DefaultDialect()))  # a colon in a string
        sql = as_text(super().render_ddl_sql_expr(expr, *args, **kw), self.dialect)
        # Of an index it is for literal_column(), which has no parameters.
        return sql.replace("\\:", ":") if kw.get("is_index") else sql


class ExactMariaDBImpl(ExactMySQLImpl, MariaDBImpl):
    """The same for MariaDB."""

    __dialect__ = "mariadb"


def as_text(sql: str, dialect: Dialect) -> str:
    """Return SQL as text() takes it: there, a colon starts a parameter."""
    if dialect.paramstyle in ("format", "pyformat"):
        sql = sql.replace("%%", "%")
    return re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", sql)


def mend(context: MigrationContext, script: ops.MigrationScript) -> None:
    """Correct the operations that Alembic found, in both directions."""
    upgrade = cast("ops.UpgradeOps", script.upgrade_ops)
    downgrade = cast("ops.DowngradeOps", script.downgrade_ops)
    name_constraints(upgrade.ops)
    name_constraints(downgrade.ops)
    if context.dialect.name not in DIALECTS:
        return
    change_checks(context, upgrade, downgrade)
    order_tables(upgrade, downgrade)
    order_tables(downgrade, upgrade)
    leave_indexes_to_drop_table(upgrade)
    leave_indexes_to_drop_table(downgrade)
    drop_foreign_keys_first(upgrade)
    drop_foreign_keys_first(downgrade)
    inspector = inspect(cast("Connection", context.connection))
    create_sequences(inspector, context, upgrade, downgrade)
    create_schemas(inspector, upgrade, downgrade)


def write_no_empty_revision(
    context: MigrationContext, directives: list[ops.MigrationScript]
) -> None:
    """Write no file when nothing has changed."""
    revision = context.opts["revision_context"]
    changes = [ops for script in directives for ops in script.upgrade_ops_list]
    empty = all(each.is_empty() for each in changes)
    if empty and revision.command_args["autogenerate"]:
        log.info("The models and the database agree: there is no revision to write")
        revision.generate_scripts = lambda: iter(())


def note_drops(
    context: MigrationContext, directives: list[ops.MigrationScript]
) -> None:
    """Say what would be lost, and how to rename it: Alembic knows no renames."""
    notes: list[str] = []
    changes = [
        op
        for script in directives
        for container in script.upgrade_ops_list
        for op in flat(container)
    ]
    for op in changes:
        if isinstance(op, ops.DropTableOp):
            lost, rename = "table", rename_table(op, changes)
        elif isinstance(op, ops.DropColumnOp):
            lost = f"column {op.column_name} of"
            rename = rename_column(op, changes, context)
        else:
            continue
        table = f"{op.schema}.{op.table_name}" if op.schema else op.table_name
        for note in (f"Drops {lost} {table}.", f"To rename it: {rename}"):
            log.warning(note)
            notes += wrap(note, width=82)
    context.opts["revision_context"].template_args["notes"] = notes


def flat(container: ops.OpContainer) -> OpList:
    """Return operations, and in the place of a container those in it."""
    found: OpList = []
    for op in container.ops:
        found += flat(op) if isinstance(op, ops.OpContainer) else [op]
    return found


def rename_table(drop: ops.DropTableOp, changes: OpList) -> str:
    """Return what renames a table, to a new one that has most of its columns."""
    columns = {column.name for column in drop.to_table().columns}
    new_names = {"new_name": len(columns) / 2}
    for op in changes:
        if isinstance(op, ops.CreateTableOp) and op.schema == drop.schema:
            same = columns & {column.name for column in op.to_table().columns}
            new_names[op.table_name] = len(same)
    new_name = max(new_names, key=lambda name: new_names[name])
    schema = f", schema={drop.schema!r}" if drop.schema else ""
    return f"op.rename_table({drop.table_name!r}, {new_name!r}{schema})"


def rename_column(
    drop: ops.DropColumnOp, changes: OpList, context: MigrationContext
) -> str:
    """Return what renames a column, to a new one of its type and most like it."""
    column = drop.to_column()
    new_names = [
        op.column.name
        for op in changes
        if isinstance(op, ops.AddColumnOp)
        and (op.schema, op.table_name) == (drop.schema, drop.table_name)
        and not context.impl.compare_type(column, op.column)
    ]
    new_name, *_ = get_close_matches(column.name, new_names, 1, 0) or ["new_name"]
    rename = ops.AlterColumnOp(
        drop.table_name,
        column.name,
        schema=drop.schema,
        modify_name=new_name,
        # MySQL is told all of the column again.
        existing_type=column.type,
        existing_nullable=column.nullable,
        existing_server_default=column.server_default or False,
        existing_comment=column.comment,
        autoincrement=column.autoincrement is True or None,
    )
    return " ".join(render_op_text(AutogenContext(context), rename).split())


def name_constraints(operations: OpList) -> None:
    """Name constraints added to a table: one without a name can't be dropped again."""
    for op in operations:
        each: Any
        for each in op.ops if isinstance(op, ops.ModifyTableOps) else ():
            adds = each.reverse() if isinstance(each, ops.DropConstraintOp) else each
            if isinstance(adds, ops.CreateForeignKeyOp):
                name = f"fk_{adds.source_table}_{'_'.join(adds.local_cols)}"
            elif isinstance(adds, ops.CreateUniqueConstraintOp):
                name = f"uq_{adds.table_name}_{'_'.join(adds.columns)}"
            else:
                continue
            each.constraint_name = each.constraint_name or name[:63]


def order_tables(creating: ops.OpContainer, dropping: ops.OpContainer) -> None:
    """Create tables before those that refer to them, and drop them after."""
    created = [op for op in creating.ops if isinstance(op, ops.CreateTableOp)]
    creates = {table_key(op): op for op in created}
    removed = [op for op in dropping.ops if isinstance(op, ops.DropTableOp)]
    drops = {table_key(op): op for op in removed}
    tables = MetaData()
    for op in creates.values():
        op.to_table().to_metadata(tables)

    def circle_or_outside(constraint: ForeignKeyConstraint) -> bool | None:
        return constraint.use_alter or referred(constraint) not in tables.tables or None

    ordered = cast("Any", sort_tables_and_constraints)(
        tables.tables.values(), circle_or_outside
    )
    keys = [str(table.key) for table, _ in ordered if table is not None]
    circular = {
        (constraint.table.key, tuple(constraint.column_keys))
        for constraint in ordered[-1][1]
        if referred(constraint) in tables.tables
    }
    added: OpList = []
    dropped: OpList = []
    for key, op in creates.items():
        for item in list(op.columns):
            if (
                isinstance(item, ForeignKeyConstraint)
                and (key, tuple(item.column_keys)) in circular
            ):
                op.columns = [each for each in op.columns if each is not item]
                item.use_alter = False
                name = f"fk_{op.table_name}_{'_'.join(item.column_keys)}"
                item.name = item.name or name[:63]
                added.append(ops.CreateForeignKeyOp.from_constraint(item))
                dropped.append(ops.DropConstraintOp.from_constraint(item))
    creating.ops = [
        *of_tables(creating.ops, keys),
        *(op for op in creating.ops if table_key(op) not in creates),
        *added,
    ]
    dropping.ops = [
        *dropped,
        *(op for op in dropping.ops if table_key(op) not in drops),
        *of_tables(dropping.ops, [key for key in reversed(keys) if key in drops]),
    ]


def of_tables(operations: OpList, keys: list[str]) -> OpList:
    """Return the operations on these tables, table by table."""
    return [op for key in keys for op in operations if table_key(op) == key]


def table_key(op: object) -> str:
    """Return the key of an operation's table in its MetaData."""
    schema, name = getattr(op, "schema", None), getattr(op, "table_name", None)
    return f"{schema}.{name}" if schema else str(name)


def referred(constraint: ForeignKeyConstraint) -> str:
    """Return the key of the table to which a foreign key leads."""
    return constraint.elements[0].target_fullname.rpartition(".")[0]


def look_at(migration: MigrationContext, schemas: set[str | None]) -> None:
    """Look at nothing but the models' schemas."""
    users_include_name = migration.opts.get("include_name")

    def include_name(name: str | None, type_: str, parents: Any) -> bool:
        if users_include_name and not users_include_name(name, type_, parents):
            return False
        if type_ == "schema" and not users_include_name:
            return name is None or name in schemas
        return True

    migration.opts["include_name"] = include_name


def create_schemas(
    inspector: Inspector, upgrade: ops.OpContainer, downgrade: ops.OpContainer
) -> None:
    """Create the schemas that tables need, and drop them after their last table."""
    there = {None, *inspector.get_schema_names()}
    needed = {op.schema for op in upgrade.ops if isinstance(op, ops.CreateTableOp)}
    for schema in sorted(needed - there, key=str):
        name = inspector.dialect.identifier_preparer.quote_schema(str(schema))
        upgrade.ops.insert(0, ops.ExecuteSQLOp(f"CREATE SCHEMA {name}"))
        downgrade.ops.append(ops.ExecuteSQLOp(f"DROP SCHEMA {name}"))


def create_sequences(
    inspector: Inspector,
    context: MigrationContext,
    upgrade: ops.OpContainer,
    downgrade: ops.OpContainer,
) -> None:
    """Create the sequences that new columns take their defaults from."""
    for column in added_columns(upgrade.ops):
        sequence = sequence_of(column)
        if not sequence or inspector.has_sequence(sequence.name, sequence.schema):
            continue
        create = str(CreateSequence(sequence).compile(dialect=context.dialect))
        name = context.dialect.identifier_preparer.format_sequence(sequence)
        create = as_text(create, context.dialect)
        if create not in [getattr(op, "sqltext", None) for op in upgrade.ops]:
            upgrade.ops.insert(0, ops.ExecuteSQLOp(create))
            downgrade.ops.append(ops.ExecuteSQLOp(f"DROP SEQUENCE {name}"))


def sequence_of(column: Column[Any]) -> Sequence | None:
    """Return the sequence from which a column takes its default, if it is explicit."""
    for default in (column.default, column.server_default):
        sequence = getattr(getattr(default, "arg", None), "sequence", default)
        if isinstance(sequence, Sequence) and not sequence.optional:
            return sequence
    return None


def added_columns(operations: OpList) -> Iterator[Column[Any]]:
    """Yield the columns that these operations add."""
    for op in operations:
        if isinstance(op, ops.CreateTableOp):
            yield from (item for item in op.columns if isinstance(item, Column))
        elif isinstance(op, ops.AddColumnOp):
            yield op.column
        elif isinstance(op, ops.ModifyTableOps):
            yield from added_columns(op.ops)


def leave_indexes_to_drop_table(directives: ops.OpContainer) -> None:
    """Drop no index of a table that is dropped next: a foreign key may need it."""
    drops = [op for op in directives.ops if isinstance(op, ops.DropTableOp)]
    dropped = {(op.schema, op.table_name) for op in drops}
    for op in directives.ops:
        if isinstance(op, ops.ModifyTableOps) and (op.schema, op.table_name) in dropped:
            op.ops = [o for o in op.ops if not isinstance(o, ops.DropIndexOp)]


def drop_foreign_keys_first(directives: ops.OpContainer) -> None:
    """Drop foreign keys before the indexes that they need."""
    for op in directives.ops:
        if isinstance(op, ops.ModifyTableOps):
            drops = [
                o
                for o in op.ops
                if isinstance(o, ops.DropConstraintOp)
                and o.constraint_type == "foreignkey"
            ]
            op.ops = drops + [o for o in op.ops if o not in drops]
