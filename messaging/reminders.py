"""Reminders: declared once per kind, fired exactly once per person, subject and round.

An app declares which of its rows are owed a reminder now, and what is said to whom. Claiming,
batching and what happens when a worker is killed are the same for all of them, and are here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from messaging.models import Message
from messaging.services import Letter, send_letters

BATCH = 200


@dataclass(frozen=True)
class Reminder:
    """A kind of reminder.

    `owed(now)` gives the rows to remind of, each annotated with `subject_key` and with `turn`,
    the round that is on: a round that has passed is not made up for. `letters(rows, now)` says
    what each row's people are told; a letter carries its row's `subject_key` and `turn`.
    """

    kind: str
    owed: Callable[[dt.datetime], models.QuerySet]
    letters: Callable[[list[Any], dt.datetime], Iterable[Letter]]

    def unsaid(self, now: dt.datetime) -> models.QuerySet:
        """The owed rows of whose round nothing has been said yet."""
        said = Message.objects.filter(
            kind=self.kind, subject_key=OuterRef("subject_key"), round=OuterRef("turn")
        )
        return self.owed(now).filter(~Exists(said))


def fire(reminder: Reminder, now: dt.datetime | None = None) -> int:
    """Send what is owed and unsaid; returns how many messages were new.

    Any number may run at once, and any may be killed: a batch's letters commit together, while
    its rows are locked, and each letter besides under its own unique key. Rows that another
    worker holds are left to it.
    """
    now = now or timezone.now()
    sent, last = 0, 0
    while True:
        with transaction.atomic():
            rows = list(
                reminder.unsaid(now)
                .filter(pk__gt=last)
                .order_by("pk")
                .select_for_update(skip_locked=True, no_key=True, of=("self",))[:BATCH]
            )
            if not rows:
                return sent
            sent += send_letters(kind=reminder.kind, letters=reminder.letters(rows, now))
        last = rows[-1].pk
