# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""The way from env.py to comparison/, which is on no import path."""

import hashlib
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

# A name of its own: a process may migrate several projects.
folder = Path(__file__).resolve().parent
parent = ModuleType(f"migrations_{hashlib.sha256(bytes(folder)).hexdigest()[:16]}")
parent.__path__ = [str(folder)]
sys.modules.setdefault(parent.__name__, parent)

prepare = import_module(f"{parent.__name__}.comparison").prepare
