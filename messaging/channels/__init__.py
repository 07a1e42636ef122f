"""The ways by which a message leaves the house. Each is a module; this is all that they share.

The message in the portal is the row itself: it needs no way, and is there when its transaction
commits. Every other way gets a delivery of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from messaging.models import Delivery
from messaging.states import Channel

Send = Callable[[Delivery], None]


class Failed(Exception):
    """A message did not leave, or nobody can tell whether it did.

    `reason` is a word of ours and a number at most, never what a server or a library said: that
    may carry addresses and secrets. `is_final`: trying again would change nothing. `is_away`: no
    other message would leave either.
    """

    def __init__(self, reason: str, *, is_final: bool = False, is_away: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.is_final, self.is_away = reason, is_final, is_away


@dataclass(frozen=True)
class Way:
    """A channel: the SQL of a recipient's address there, of `account` and `contact`, and of
    whether they chose it; whether it is set up; and a session in which messages are sent.

    Opening a session or sending raises `Failed`, and nothing else. A message is given up to the
    channel once per attempt, under one name at every attempt (`Delivery.name`).
    """

    channel: Channel
    address: str
    chosen: str
    is_on: Callable[[], bool]
    session: Callable[[], AbstractContextManager[Send]]


def ways() -> list[Way]:
    """Those that are set up here."""
    from messaging.channels import chat, email, sms

    return [way for way in (email.WAY, sms.WAY, chat.WAY) if way.is_on()]
