"""Ids that were passed before their entries could be seen.

Ids are drawn before their transactions commit, and transactions commit in any order. An id that is
missing when a seal passes it waits until every transaction that was under way then has ended: its
entry is sealed as soon as it is there, and an id that has come to nothing is closed for good. An
entry under a closed id was put there by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Span:
    """The ids from `low` to `high`, passed at the second `since`.

    No transaction may bring them any more when all below the transaction id `until` have ended.
    """

    low: int
    high: int
    until: int
    since: int

    def without(self, ids: Sequence[int]) -> list[Span]:
        """What is left when `ids`, in ascending order, have come."""
        left, low = [], self.low
        for key in ids:
            if low <= key <= self.high:
                if low < key:
                    left.append(replace(self, low=low, high=key - 1))
                low = key + 1
        if low <= self.high:
            left.append(replace(self, low=low))
        return left

    def __contains__(self, key: int) -> bool:
        return self.low <= key <= self.high

    def __str__(self) -> str:
        return f"{self.low}-{self.high}@{self.until}@{self.since}"


def write(spans: Iterable[Span]) -> str:
    return ";".join(map(str, spans))


def read(text: str) -> list[Span]:
    """The spans that `write` wrote. ValueError for anything else."""
    spans = []
    for part in filter(None, text.split(";")):
        ids, until, since = part.split("@")
        low, high = ids.split("-")
        spans.append(Span(int(low), int(high), int(until), int(since)))
    return spans
