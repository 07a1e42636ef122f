"""Background work other than exports: each kind a declaration of who may start it and what it does.

An app declares its kinds in its own `work.py`. A worker does the work and asks again, at that
moment, whether the requester may.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobs.models import Job

#: Shows how far the work is and keeps the job; raises when the work is to stop.
Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Work:
    """A declared kind of work, in two parts.

    `prepare` does what takes long and changes nothing; it calls its progress at least twice per
    lease. What it returns is called in the one transaction that also marks the job as done, by
    whoever then still holds the job: so that the work counts once, whoever dies when. It returns
    how many rows it was about. `address` is where its result is seen.

    Work that is done row by row, each in a transaction of its own, does it in `prepare` and can
    be called again; `left` says what then stays when it stops before its end.
    """

    id: str
    title: str
    allowed: Any
    prepare: Callable[[Job, Progress], Callable[[], int]]
    address: Callable[[Job], str]
    left: str = "没有写入任何内容"


_registry: dict[str, Work] = {}


def register(work: Work) -> Work:
    if work.id in _registry:
        raise ValueError(f"two kinds of work are called {work.id}")
    _registry[work.id] = work
    return work


def find(work_id: str) -> Work | None:
    return _registry.get(work_id)
