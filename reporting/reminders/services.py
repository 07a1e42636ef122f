"""The reminder of weekly reports: which are owed, and what their units' people are told."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone

from departments.models import Membership
from departments.roles import UNIT_ROLES
from messaging.reminders import Reminder, fire
from messaging.services import Letter
from reporting.periods.models import ReportExpectation
from reporting.weekly.states import STATUSES

#: The one round of a week: on the day on which its report is due.
ROUND = "friday"


def remind_due(now: dt.datetime | None = None) -> int:
    """Remind of every report that is owed; returns how many messages were new."""
    return fire(WEEKLY, now)


def owed(now: dt.datetime) -> QuerySet[ReportExpectation]:
    """What is not signed, from the time of the reminder until the report is due."""
    key = (Value("period:"), Cast("period_id", CharField()), Value(":unit:"))
    return (
        ReportExpectation.objects.with_status()
        .unsigned()
        .filter(
            unit__is_active=True,
            period__remind_at__lte=now,
            period__due_at__gt=now,
            period__closed_at=None,
        )
        .annotate(
            subject_key=Concat(*key, Cast("unit_id", CharField())),
            turn=Value(ROUND, output_field=CharField()),
        )
        .select_related("unit", "period")
    )


def letters(rows: list[ReportExpectation], now: dt.datetime) -> Iterator[Letter]:
    """One for every liaison and leader of each unit."""
    people: dict[int, set[int]] = defaultdict(set)
    held = Membership.objects.filter(
        unit__in=[row.unit_id for row in rows], role__in=UNIT_ROLES, account__is_active=True
    )
    for unit_id, account_id in held.values_list("unit_id", "account_id"):
        people[unit_id].add(account_id)
    for row in rows:
        due = timezone.localtime(row.period.due_at)
        for account_id in people[row.unit_id]:
            yield Letter(
                recipient_id=account_id,
                subject_key=row.subject_key,
                round=row.turn,
                title=f"请按时报送周报：{row.unit.name}",
                body=(
                    f"{row.unit.name}{row.period.label}周报目前为“{STATUSES[row.status]}”，"
                    f"请于{due.month}月{due.day}日 {due:%H:%M}前经主要负责人签字报送。"
                    "本周确无情况的，也须报送零报告。"
                ),
                url=reverse("reporting:edit", args=[row.period_id, row.unit.code]),
            )


WEEKLY = Reminder("weekly_reminder", owed, letters)
