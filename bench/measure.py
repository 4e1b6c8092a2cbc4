"""The sides of a comparison, run in turn by pytest-benchmark."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

import report

DRIVERS = [
    ("sync", "sqlite+pysqlite"),
    ("async", "sqlite+aiosqlite"),
    ("sync", "postgresql+psycopg"),
    ("async", "postgresql+asyncpg"),
    ("sync", "mysql+pymysql"),
    ("async", "mysql+aiomysql"),
]
Compare = Callable[..., None]


@pytest.fixture
def compare(request: pytest.FixtureRequest, benchmark: Any) -> Compare:
    """Return what runs the sides in turn and keeps their seconds."""
    pairs: int = request.config.getoption("--pairs")

    def run(  # noqa: PLR0913
        point: str,
        row: dict[str, Any],
        sides: dict[str, Callable[[], float]],
        before: Callable[[], None] = lambda: None,
        *,
        share: float = 1,
        turning: bool = True,
        base: str = "stock",
    ) -> None:
        """Measure each side as often as `share` of --pairs says, but three times at least.

        A side is a function that returns its processor time in seconds. With `turning` the
        order turns around with each pair, so that a machine that gets slower hits both.
        """
        names = list(sides)
        orders = [names, names[::-1]] if turning else [names]
        order = itertools.chain.from_iterable(itertools.cycle(orders))
        ran: list[str] = []
        processor: list[float] = []

        def setup() -> None:
            before()
            ran.append(next(order))

        def target() -> None:
            processor.append(sides[ran[-1]]())

        rounds = max(3, round(pairs * share)) * len(names)
        benchmark.pedantic(target, setup=setup, rounds=rounds, warmup_rounds=len(names))
        times = {name: report.Times([], []) for name in names}
        measured = zip(
            ran[len(names) :], benchmark.stats.stats.data, processor[len(names) :], strict=True
        )
        for name, seconds, cpu in measured:
            times[name].seconds.append(round(seconds, 5))
            times[name].processor.append(round(cpu, 5))
        report.keep(point, row, times, base)

    return run
