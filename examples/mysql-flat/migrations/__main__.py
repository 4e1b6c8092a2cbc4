# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""The command line of this folder: Alembic's commands, and those in tools/."""

import sys

sys.path.pop(0)  # this folder, whose files would hide modules
from pathlib import Path

from alembic.config import CommandLine, Config
from alembic.util import load_python_file

HERE = Path(__file__).resolve().parent
TOOLS = ("rebase", "rehearse", "squash", "status", "which")

if __name__ == "__main__":
    command_line = CommandLine(prog=f"python {HERE.name}")
    for name in TOOLS:
        tool = load_python_file(HERE / "tools", f"{name}.py")
        command_line.register_command(getattr(tool, name))
        for argument, settings in tool.ARGUMENTS.items():
            command_line.subparsers.choices[name].add_argument(argument, **settings)
    options = command_line.parser.parse_args()
    if options.config or options.name != "alembic":
        command_line.parser.error("-c and -n name no settings here: run alembic")
    if not hasattr(options, "cmd"):
        command_line.parser.error("too few arguments")
    made = Config(HERE.parent / "alembic.ini", HERE.parent / "pyproject.toml")
    made.cmd_opts = options
    command_line.run_cmd(made, options)
