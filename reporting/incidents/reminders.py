"""What is said of an incident: at once, and again while nobody has acknowledged it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse

from departments.models import Membership
from departments.roles import OFFICE_ROLES
from leads.alerts.reminders import AT_ONCE, turn_since
from messaging.reminders import Reminder, declare
from messaging.services import Letter
from messaging.states import Pace
from reporting.incidents.models import Incident


def owed(now: dt.datetime) -> QuerySet[Incident]:
    return (
        Incident.objects.waiting()
        .annotate(
            subject_key=Concat(Value("incident:"), Cast("pk", CharField())),
            turn=turn_since("raised_at", now),
        )
        .select_related("unit")
    )


def letters(rows: list[Incident], now: dt.datetime) -> Iterator[Letter]:
    """To the whole office of the town, its director among them: the unit and a number."""
    office: dict[int, set[int]] = defaultdict(set)
    held = Membership.objects.filter(
        unit__jurisdiction__in={row.jurisdiction_id for row in rows},
        role__in=OFFICE_ROLES,
        account__is_active=True,
    )
    for town, account_id in held.values_list("unit__jurisdiction_id", "account_id"):
        office[town].add(account_id)
    for row in rows:
        again = row.turn != AT_ONCE
        told = f"{row.unit.name}上报重大事项"
        words = f"{told} {row.number}" + ("，尚无人确认知悉" if again else "")
        for recipient_id in office[row.jurisdiction_id]:
            yield Letter(
                recipient_id=recipient_id,
                subject_key=row.subject_key,
                round=row.turn,
                title=f"{told}{'再次提醒' if again else ''}（{row.number}）",
                body=f"{words}，请立即登录平台查看，并点“已知悉”。",
                url=reverse("reporting:incident", args=[row.pk]),
            )


INCIDENTS = declare(Reminder("incident", owed, letters, pace=Pace.URGENT))
