"""How often one address may do a thing, without knowing it for longer than an hour.

An address is counted under a keyed hash of it. The key is random, lives in the memory of this
process and is thrown away with all counts when its hour is over; nothing is written anywhere. With
several processes each counts for itself, so that a limit is theirs together.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections import Counter
from threading import Lock

from django.http import HttpRequest

from audit.services import client_address

HOUR = 60 * 60
#: By what is done: the most in an hour from one address, and from all together.
MOST = {"ask": (60, 3000), "wrong": (10, 300), "send": (10, 120)}


class Hour:
    """The counts of one hour, and the key under which addresses are counted."""

    def __init__(self, begun: float) -> None:
        self.begun = begun
        self.key = secrets.token_bytes(32)
        self.counts: Counter[tuple[str, bytes]] = Counter()


_lock = Lock()
_hour = Hour(0.0)


def is_used_up(act: str, request: HttpRequest) -> bool:
    """Whether the address of `request`, or everybody together, did `act` too often by now."""
    most_of_one, most_of_all = MOST[act]
    with _lock:
        hour = _this_hour()
        of_one = hour.counts[act, _name(hour, request)]
        return of_one >= most_of_one or hour.counts[act, b""] >= most_of_all


def count(act: str, request: HttpRequest) -> None:
    with _lock:
        hour = _this_hour()
        hour.counts[act, _name(hour, request)] += 1
        hour.counts[act, b""] += 1


def forget() -> None:
    """Throw the key away, and all counts."""
    global _hour  # noqa: PLW0603  the one of this process
    with _lock:
        _hour = Hour(time.monotonic())


def _this_hour() -> Hour:
    global _hour  # noqa: PLW0603  the one of this process
    if time.monotonic() - _hour.begun >= HOUR:
        _hour = Hour(time.monotonic())
    return _hour


def _name(hour: Hour, request: HttpRequest) -> bytes:
    return hmac.digest(hour.key, (client_address(request) or "").encode(), "sha256")[:16]
