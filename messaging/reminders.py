"""Reminders: declared once per kind, fired exactly once per person, subject and round.

An app declares which of its rows are owed a reminder now, and what is said to whom. Claiming,
batching and what happens when a worker is killed are the same for all of them, and are here.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from messaging.models import Message
from messaging.services import Letter, send_letters
from messaging.states import Pace

#: So many rows are reminded of in one transaction.
BATCH = 500
#: So many rows are listed at once, by their keys, to find those that are unsaid.
LISTED = 5_000


@dataclass(frozen=True)
class Reminder:
    """A kind of reminder.

    `owed(now)` gives the rows to remind of, each annotated with `subject_key` and with `turn`,
    the round that is on: a round that has passed is not made up for. `letters(rows, now)` says
    what each row's people are told; a letter carries its row's `subject_key` and `turn`. Nothing
    is sent before `is_time`.

    Calm letters keep the quiet hours. Unless it is urgent, a letter that has not left the house
    when its row is owed that round no more stays there.
    """

    kind: str
    owed: Callable[[dt.datetime], models.QuerySet]
    letters: Callable[[list[Any], dt.datetime], Iterable[Letter]]
    is_time: Callable[[dt.datetime], bool] = field(default=lambda _now: True)
    pace: Pace = Pace.CALM

    def unsaid(self, rows: list[Any]) -> list[Any]:
        """Those of the owed `rows` of whose round nothing has been said yet.

        Asked with the rows in hand: as a condition of `owed`, the database would compare all that
        was ever said with all that is owed, for every batch anew.
        """
        about = Message.objects.filter(
            kind=self.kind,
            subject_key__in={row.subject_key for row in rows},
            round__in={row.turn for row in rows},
        )
        said = set(about.values_list("subject_key", "round").distinct())
        return [row for row in rows if (row.subject_key, row.turn) not in said]

    def still_owed(self, messages: Iterable[Message], now: dt.datetime) -> set[tuple[str, str]]:
        """The subjects and rounds, of those that `messages` are about, that are still on."""
        keys = {message.subject_key for message in messages}
        rows = self.owed(now).filter(subject_key__in=keys)
        return set(rows.values_list("subject_key", "turn"))


_declared: dict[str, Reminder] = {}


def declare(reminder: Reminder) -> Reminder:
    if reminder.kind in _declared:
        raise ValueError(f"two reminders are called {reminder.kind}")
    _declared[reminder.kind] = reminder
    return reminder


def moot(messages: Iterable[Message], now: dt.datetime) -> set[int]:
    """Those of `messages` that remind of what is owed no more, or of a round that has passed."""
    by_kind: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        by_kind[message.kind].append(message)
    over: set[int] = set()
    for kind, reminding in by_kind.items():
        reminder = _declared.get(kind)
        if reminder is None or reminder.pace == Pace.URGENT:
            continue
        on = reminder.still_owed(reminding, now)
        over |= {one.pk for one in reminding if (one.subject_key, one.round) not in on}
    return over


def fire(reminder: Reminder, now: dt.datetime | None = None) -> int:
    """Send what is owed and unsaid; returns how many messages were new.

    Any number may run at once, and any may be killed: a batch's letters commit together, while
    its rows are locked, and each letter besides under its own unique key. Rows that another
    worker holds are left to it.
    """
    now = now or timezone.now()
    if not reminder.is_time(now):
        return 0
    sent, last = 0, 0
    owed = reminder.owed(now).order_by("pk").values_list("pk", "subject_key", "turn", named=True)
    while True:
        rows = list(owed.filter(pk__gt=last)[:LISTED])
        keys = [row.pk for row in reminder.unsaid(rows)] if rows else []
        for start in range(0, len(keys), BATCH):
            sent += _fire_some(reminder, keys[start : start + BATCH], now)
        if len(rows) < LISTED:
            return sent
        last = rows[-1].pk


@transaction.atomic
def _fire_some(reminder: Reminder, keys: list[int], now: dt.datetime) -> int:
    """Of the rows of `keys`, remind of those that nobody else holds and are still unsaid."""
    rows = reminder.owed(now).filter(pk__in=keys).order_by("pk")
    held = list(rows.select_for_update(skip_locked=True, no_key=True, of=("self",)))
    return send_letters(
        kind=reminder.kind,
        letters=reminder.letters(reminder.unsaid(held), now),
        pace=reminder.pace,
        now=now,
    )
