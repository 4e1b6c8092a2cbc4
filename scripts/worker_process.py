"""Run Alembic's command line again and again, in the environment whose Python runs this.

A line of the standard input is a request in JSON: `arguments` of alembic, or the path of a
`script`; `cwd` and `env`; `output`, a file for what it prints; seconds until `timeout`. The
answer is the exit code, or -1 after the timeout.

Each command is a process of its own, forked when Alembic has been imported: the command line
but for that import, and three times as fast.
"""

from __future__ import annotations

import contextlib
import json
import os
import runpy
import sys
import time
from importlib import import_module
from typing import Any

import alembic.config

SLOW_IMPORTS = ["alembic.command", "alembic.autogenerate.api", "psycopg", "pymysql"]
DIALECTS = ["mysql", "postgresql", "sqlite"]


def main() -> None:
    """Answer the requests until there are none."""
    for name in SLOW_IMPORTS + [f"sqlalchemy.dialects.{dialect}" for dialect in DIALECTS]:
        import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if not child:
            run(request)
        print(exit_code(child, time.monotonic() + request["timeout"]), flush=True)


def run(request: dict[str, Any]) -> None:
    """Become the command of this request."""
    os.setsid()
    for number, suffix in ((1, ".out"), (2, ".err")):
        file = os.open(request["output"] + suffix, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
        os.dup2(file, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    sys.path[0] = request["cwd"]
    code = 0
    try:
        if "script" in request:
            runpy.run_path(request["script"])
        else:
            alembic.config.main(request["arguments"], prog="alembic")
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:  # noqa: BLE001 # as the interpreter does
        sys.excepthook(*sys.exc_info())
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code & 255)  # not the parent's atexit functions


def exit_code(child: int, deadline: float) -> int:
    """Wait for the child; kill it and its children after the deadline."""
    while time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status) & 255
        time.sleep(0.01)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, 9)
    os.waitpid(child, 0)
    return -1


if __name__ == "__main__":
    main()
