# Rendered by copier-alembic, again by each `copier update`: change hooks.py instead.
# fmt: off
# ruff: noqa
"""How far op.backfill() is: a bar on a terminal, a line now and then in a log."""

import logging
import shutil
import sys
import time
from datetime import timedelta

log = logging.getLogger("alembic.runtime.migration")
BAR, LINE = 0.1, 10  # seconds from one to the next


class Progress:
    """Rows, how many in a second, and the time that is left."""

    def __init__(self, table: str, total: int) -> None:
        """Begin with nothing."""
        self.table, self.total = table, total
        self.done = self.filled = 0
        self.begun = self.shown = time.monotonic()
        self.bar = sys.stderr.isatty() and log.isEnabledFor(logging.INFO)

    def add(self, done: int, filled: int) -> None:
        """Count rows that were looked at, and those of them that were filled."""
        self.done += done
        self.total = max(self.done, self.total)
        self.filled += filled
        now = time.monotonic()
        if now - self.shown < (BAR if self.bar else LINE):
            return
        self.shown = now
        rate = self.done / (now - self.begun)
        left = timedelta(seconds=round((self.total - self.done) / rate))
        far = (
            f"{self.done:,} of about {self.total:,} rows, {rate:,.0f} a second, "
            f"{left} left"
        )
        if self.bar:
            hashes = "#" * (20 * self.done // self.total)
            write(f"{self.table} [{hashes:.<20}] {far}")
        else:
            log.info("Filling %s: %s", self.table, far)

    def end(self) -> None:
        """Say what was done."""
        if self.bar:
            write("")
        seconds = time.monotonic() - self.begun
        rows = f"{self.filled:,}"
        log.info("Filled %s rows of %s in %.1f seconds", rows, self.table, seconds)


def write(line: str) -> None:
    """Write a line on the terminal, over which the next one is written."""
    width = shutil.get_terminal_size().columns - 1
    sys.stderr.write(f"{line[:width]:{width}}\r")
    sys.stderr.flush()
