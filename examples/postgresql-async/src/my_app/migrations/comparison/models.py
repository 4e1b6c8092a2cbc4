# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Which models are there."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

from alembic.util import CommandError, to_list


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
                if not (file.is_file() and all(map(str.isidentifier, parts))):
                    continue  # no import finds it, such as an editor's .#lock.py
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
