# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""Alembic's command line of the package, wherever it is imported from."""

from alembic import command
from alembic.config import CommandLine
from alembic.util import CommandError, err

from .commands import PACKAGE, config, require_revisions

if __name__ == "__main__":
    command_line = CommandLine(prog=f"python -m {PACKAGE}")
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
