# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""The package's command line: Alembic's commands, and those in tools/."""

from pathlib import Path

from alembic import command
from alembic.config import CommandLine
from alembic.util import CommandError, err, load_python_file

from .commands import PACKAGE, config, require_revisions

HERE = Path(__file__).resolve().parent
TOOLS = ("rebase", "rehearse", "squash", "status", "which")

if __name__ == "__main__":
    command_line = CommandLine(prog=f"python -m {PACKAGE}")
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
    made = config()
    made.cmd_opts = options
    if options.cmd[0] is command.upgrade:
        try:
            require_revisions()
        except CommandError as error:
            err(str(error))
    command_line.run_cmd(made, options)
