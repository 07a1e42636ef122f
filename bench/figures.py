"""What a figure is, and how long a thing takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured value beside its floor; holds while value / floor stays within the target."""

    name: str
    value: float
    unit: str
    floor: float
    target: float

    @property
    def ratio(self) -> float:
        return self.value / self.floor

    @property
    def holds(self) -> bool:
        return self.ratio <= self.target

    def as_row(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio, "holds": self.holds}


def compare(
    name: str,
    work: Callable[[], Any],
    floor: Callable[[], Any],
    *,
    target: float,
    rounds: int,
) -> Figure:
    """Median milliseconds of `work` and of `floor`, taken in turn so that drift meets both."""
    work()
    floor()
    pairs = [(_milliseconds(work), _milliseconds(floor)) for _ in range(rounds)]
    return Figure(
        name=name,
        value=statistics.median(first for first, _ in pairs),
        unit="ms",
        floor=statistics.median(second for _, second in pairs),
        target=target,
    )


def _milliseconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000
