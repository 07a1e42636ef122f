"""How many pages a machine serves: several clients at once, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import statistics
import time

from django.db import connection

from bench.figures import Figure
from bench.pages import page

#: More than the machine has processors, so that none of them waits for a client.
CLIENTS = 4
SECONDS = 3.0


def compare_rates(name: str, path: str, floor: str, *, target: float, rounds: int) -> Figure:
    """Milliseconds per page served of `path` and of `floor`, to the office, in turn.

    One client's time does not show what a page costs: an answer of the database that several of
    its processes have worked on comes sooner, but they cannot work for anybody else meanwhile.
    """
    turns = max(1, round(rounds / 3))
    pairs = [(_per_page(path), _per_page(floor)) for _ in range(turns)]
    return Figure(
        name=name,
        value=statistics.median(first for first, _ in pairs),
        unit="ms/page",
        floor=statistics.median(second for _, second in pairs),
        target=target,
    )


def _per_page(path: str) -> float:
    connection.close()  # a connection cannot be shared with the clients
    context = multiprocessing.get_context("fork")
    with context.Pool(CLIENTS) as clients:
        served = sum(clients.map(_serve, [path] * CLIENTS, chunksize=1))
    return SECONDS * 1000 / served


def _serve(path: str) -> float:
    """Pages per `SECONDS` of one client; what is loaded by the first one does not count."""
    get = page("office", path)
    get()
    start, served = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        get()
        served += 1
    return served * SECONDS / (time.perf_counter() - start)
