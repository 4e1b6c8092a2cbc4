# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""The command line of this folder: Alembic's commands, and those in tools/."""

import sys
from importlib import import_module
from pathlib import Path

if not __package__:
    sys.path.pop(0)  # this folder, whose files would hide modules

from alembic import command
from alembic.config import CommandLine, Config
from alembic.util import CommandError, err, load_python_file

HERE = Path(__file__).resolve().parent
TOOLS = ("rebase", "rehearse", "squash", "status", "which")

if __name__ == "__main__":
    program = f"-m {__package__}" if __package__ else HERE.name
    command_line = CommandLine(prog=f"python {program}")
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
    if __package__:
        commands = import_module(".commands", __package__)
        made = commands.config()
        if options.cmd[0] is command.upgrade:
            try:
                commands.require_revisions()
            except CommandError as error:
                err(str(error))
    else:
        made = Config(HERE.parent / "alembic.ini", HERE.parent / "pyproject.toml")
    made.cmd_opts = options
    command_line.run_cmd(made, options)
