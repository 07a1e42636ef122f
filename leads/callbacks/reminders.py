"""Reminders of callbacks: one when the deadline is near, one when it has passed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Case, CharField, F, Func, QuerySet, Value, When
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone

from departments.roles import OFFICE_ROLES, Role
from leads import due
from leads.audience import Audience
from leads.callbacks.models import Callback
from leads.deadlines.reminders import has_begun
from messaging.reminders import Reminder, declare
from messaging.services import Letter

NEAR, OVERDUE = "near", "overdue"
#: Who is told in which round.
TOLD = {NEAR: frozenset({Role.OFFICE}), OVERDUE: OFFICE_ROLES}
#: For so many days after the deadline the second round is still sent; a callback that was missed
#: longer ago stands on the page of its lead, and nobody is told.
LAST_DAY = dt.timedelta(days=7)


def owed(now: dt.datetime) -> QuerySet[Callback]:
    """The callbacks that are near due or just missed."""
    day = timezone.localdate(now)
    date = Func(F("due_on"), Value("YYYY-MM-DD"), function="to_char", output_field=CharField())
    code = Case(When(due.is_overdue(day), then=Value(OVERDUE)), default=Value(NEAR))
    return (
        Callback.objects.waiting()
        .filter(due.is_near(day) | due.is_overdue(day), due_on__gt=day - LAST_DAY)
        .annotate(
            subject_key=Concat(Value("callback:"), Cast("pk", CharField())),
            # The date belongs to the round: with a corrected one the rounds begin anew.
            turn=Concat(code, Value(":"), date),
        )
        .select_related("lead")
    )


def letters(rows: list[Callback], now: dt.datetime) -> Iterator[Letter]:
    day = timezone.localdate(now)
    people = Audience([row.lead for row in rows])
    for row in rows:
        standing = due.standing(row.due_on, ended=False, near_days=row.near_days, day=day)
        number = row.lead.number
        for recipient_id in people.of_office(row.lead, TOLD[row.turn.partition(":")[0]]):
            yield Letter(
                recipient_id=recipient_id,
                subject_key=row.subject_key,
                round=row.turn,
                title=f"联系实名举报人：{standing.label}（{number}）",
                body=(
                    f"线索 {number} 为实名举报，应在{row.due_on.month}月{row.due_on.day}日以前"
                    f"联系举报人，{standing.label}。联系后请在线索页面“记录回访”。"
                ),
                url=reverse("leads:detail", args=[number]),
            )


CALLBACKS = declare(Reminder("callback", owed, letters, is_time=has_begun))
