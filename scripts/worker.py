"""The process that runs Alembic in an environment of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROCESS = Path(__file__).with_name("worker_process.py")
STEP_TIMEOUT = 300


class Failure(Exception):  # noqa: N818 # an ordinary outcome
    """A step of the circle failed; the arguments are the step and the reason."""


def last_error(output: str) -> str:
    """Return the line of a traceback, or of a log, that names the error."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    named = r"(FAILED: |ERROR: |(\w+\.)*\w*(Error|Exception|Detected|NotFound|Invalid\w*)\b)"
    errors = [line for line in lines if re.match(named, line)]
    line = (errors or lines or ["no output"])[-1]
    line = line.removeprefix("FAILED: ").removeprefix("ERROR: ")
    return re.sub(r"0x[0-9a-f]{6,}", "0x…", line)


def escaped(reason: str, limit: int = 160) -> str:
    """Return a reason as a page shows it."""
    short = reason if len(reason) <= limit else reason[:limit] + "…"
    return re.sub(r"([|`*_<>\\\[\]])", r"\\\1", short)


@dataclass
class Worker:
    """The process that runs alembic in an environment."""

    log: Path
    process: subprocess.Popen[str]

    @classmethod
    @contextmanager
    def of(cls, python: Path, log: Path) -> Iterator[Worker]:
        """Start the worker of an environment, and end it."""
        with (
            log.open("w") as errors,
            subprocess.Popen(
                [python, PROCESS],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=log.parent,
                env=os.environ | {"PYTHONDONTWRITEBYTECODE": ""},  # what is installed never changes
            ) as process,
        ):
            yield cls(log, process)

    def run(self, folder: Path, step: str, env: dict[str, str], **request: Any) -> str:
        """Run a command in the folder and return its standard output, or raise Failure."""
        log = folder.with_name(f"{folder.name}.log")
        log.mkdir(exist_ok=True)
        output = str(log / step.replace(" ", "-"))
        asked = {"cwd": str(folder), "env": env, "output": output, "timeout": STEP_TIMEOUT}
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(asked | request), file=self.process.stdin, flush=True)
        code = self.process.stdout.readline().strip()
        if not code:
            raise Failure(step, f"the worker ended: {last_error(self.log.read_text())}")
        # As bytes: a carriage return in a CHECK must stay one.
        out, err = (Path(output + end).read_bytes().decode() for end in (".out", ".err"))
        if code == "-1":
            raise Failure(step, f"took more than {STEP_TIMEOUT} seconds")
        if code != "0":
            raise Failure(step, last_error(f"{out}\n{err}"))
        return out
