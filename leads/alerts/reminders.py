"""What is said of a major lead: at once, and again while nobody has acknowledged it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Case, CharField, QuerySet, Value, When
from django.db.models.functions import Cast, Concat
from django.urls import reverse

from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role
from leads.alerts.models import Alert
from leads.audience import Audience
from messaging.reminders import Reminder, declare
from messaging.services import Letter
from messaging.states import Pace

#: How often an alert is repeated; after that it stays on the pages, and nothing more is sent.
REPEATS = 3
AT_ONCE = "0"


def turn_since(field: str, now: dt.datetime) -> Case:
    """Which telling of what was raised at `field` is on: at once, or its first repetition …"""
    pause = dt.timedelta(minutes=settings.PORTAL_ALERT_MINUTES)
    begun = [
        When(**{f"{field}__lte": now - pause * turn}, then=Value(str(turn)))
        for turn in range(REPEATS, 0, -1)
    ]
    return Case(*begun, default=Value(AT_ONCE))


def owed(now: dt.datetime) -> QuerySet[Alert]:
    return (
        Alert.objects.waiting()
        .with_a_part()
        .annotate(
            subject_key=Concat(Value("alert:"), Cast("pk", CharField())),
            turn=turn_since("raised_at", now),
        )
        .select_related("lead")
    )


def letters(rows: list[Alert], now: dt.datetime) -> Iterator[Letter]:
    """To whom the lead is put before; from the first repetition on to the whole office too."""
    people = Audience([row.lead for row in rows], {row.unit_id for row in rows if row.unit_id})
    for row in rows:
        again = row.turn != AT_ONCE
        told = people.of_office(row.lead, [Role.DIRECTOR]) if row.unit_id is None else set()
        if row.unit_id:
            told |= people.of_unit(row.lead, row.unit_id, UNIT_ROLES)
        if again:
            told |= people.of_office(row.lead, OFFICE_ROLES)
        number = row.lead.number
        words = f"重大线索 {number} 尚无人确认知悉" if again else f"收到重大线索 {number}"
        for recipient_id in told:
            yield Letter(
                recipient_id=recipient_id,
                subject_key=row.subject_key,
                round=row.turn,
                title=f"重大线索{'再次提醒' if again else ''}（{number}）",
                body=f"{words}，请立即登录平台查看，并点“已知悉”。",
                url=reverse("leads:detail", args=[number]),
            )


ALERTS = declare(Reminder("major_lead", owed, letters, pace=Pace.URGENT))
