"""What a figure is, and how long a thing takes."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connection


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured value beside its floor.

    Holds while value / floor stays within `target`, and the value itself within `limit` (in the
    figure's own unit), where they are given.
    """

    name: str
    value: float
    unit: str
    floor: float
    target: float | None = None
    limit: float | None = None

    @property
    def ratio(self) -> float:
        return self.value / self.floor

    @property
    def holds(self) -> bool:
        within_target = self.target is None or self.ratio <= self.target
        return within_target and (self.limit is None or self.value <= self.limit)

    def as_row(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio, "holds": self.holds}


def compare(
    name: str,
    work: Callable[[], Any],
    floor: Callable[[], Any],
    *,
    target: float,
    rounds: int,
    clock: Callable[[Callable[[], Any]], float] | None = None,
) -> Figure:
    """Median milliseconds of `work` and of `floor`, taken in turn so that drift meets both.

    `clock` is `milliseconds` or `in_database`.
    """
    clock = clock or milliseconds
    work()
    floor()
    pairs = [(clock(work), clock(floor)) for _ in range(rounds)]
    return Figure(
        name=name,
        value=statistics.median(first for first, _ in pairs),
        unit="ms",
        floor=statistics.median(second for _, second in pairs),
        target=target,
    )


def milliseconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def in_database(work: Callable[[], Any]) -> float:
    """The milliseconds for which `work` waited for the answers of the database."""
    waited = 0.0

    def watch(execute: Callable, *asked: Any) -> Any:
        nonlocal waited
        start = time.perf_counter()
        try:
            return execute(*asked)
        finally:
            waited += (time.perf_counter() - start) * 1000

    with connection.execute_wrapper(watch):
        work()
    return waited


def grown(work: Callable[[], Any]) -> float:
    """By how many MiB this process's memory grew while `work` ran, where it was largest.

    As the kernel counts it (Linux alone): that costs `work` nothing. What was free already within
    the process does not show, so that what is held for each of very many rows does, and little
    else.
    """
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark is what there is now
    before = _status("VmRSS")
    work()
    return (_status("VmHWM") - before) / 1024


def _status(name: str) -> int:
    """A line of the kernel's account of this process, in KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of `values` do not exceed."""
    return sorted(values)[max(0, round(share * len(values)) - 1)]
