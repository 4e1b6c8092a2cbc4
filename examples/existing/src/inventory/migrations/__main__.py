# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Alembic's command line where the package is installed, with no configuration file."""

from alembic.config import CommandLine

from .commands import PACKAGE, config

if __name__ == "__main__":
    command_line = CommandLine(prog=f"python -m {PACKAGE}")
    options = command_line.parser.parse_args()
    if options.config:
        command_line.parser.error("no file is read here: run alembic -c")
    if not hasattr(options, "cmd"):
        command_line.parser.error("too few arguments")
    made = config()
    made.cmd_opts = options
    command_line.run_cmd(made, options)
