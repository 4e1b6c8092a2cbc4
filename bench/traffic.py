"""Clients that read and write a table, and note how long each query took."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import NamedTuple

import psycopg

READ = "SELECT a, b FROM item WHERE id = %s"
WRITE = "UPDATE item SET b = 'written' WHERE id = %s"
CLIENTS = {"reader": READ, "writer": WRITE}  # two of each
PAUSE = 0.003  # seconds between two queries of a client: the machine is not what they wait for
START_AND_END = 0.5  # seconds of traffic before and after

Waits = list[tuple[float, float]]  # when a query began, and how long it took, in seconds


class Felt(NamedTuple):
    """What the clients felt."""

    waits: dict[str, Waits]  # by the kind of client

    def longest(self, kind: str) -> float:
        """Return the longest wait of a kind of client."""
        return max(seconds for _, seconds in self.waits[kind])


@contextmanager
def clients(conninfo: str, rows: int) -> Iterator[Felt]:
    """Run the clients; what they felt is there at the end."""
    context = multiprocessing.get_context("spawn")
    felt = Felt({kind: [] for kind in CLIENTS})
    running = []
    for number, (kind, query) in enumerate([*CLIENTS.items()] * 2):
        ours, theirs = context.Pipe()
        arguments = (conninfo, query, rows, number, theirs)
        process = context.Process(target=client, args=arguments, daemon=True)
        process.start()
        running.append((kind, process, ours))
    for _, _, pipe in running:
        pipe.recv()
    time.sleep(START_AND_END)
    try:
        yield felt
    finally:
        time.sleep(START_AND_END)
        for _, _, pipe in running:
            pipe.send("stop")
        for kind, process, pipe in running:
            felt.waits[kind] += pipe.recv()
            process.join()


def client(conninfo: str, query: str, rows: int, number: int, pipe: Connection) -> None:
    """Run a query again and again, until told to stop."""
    chance = random.Random(number)  # noqa: S311 # the same rows in each run
    waits: Waits = []
    with psycopg.connect(conninfo, autocommit=True) as connection:
        pipe.send("ready")
        while not pipe.poll():
            begun = time.monotonic()
            connection.execute(query, [chance.randint(1, rows)])
            waits.append((begun, time.monotonic() - begun))
            time.sleep(PAUSE)
    pipe.send(waits)
