"""Reminders of deadlines: the rounds, whom each concerns, and what it says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Case, CharField, F, Func, QuerySet, Value, When
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone

from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role
from leads import due
from leads.audience import Audience
from leads.models import Assignment
from messaging.reminders import Reminder, declare
from messaging.services import Letter


@dataclass(frozen=True)
class Turn:
    """One round: it begins so many days after the deadline and lasts until the next begins."""

    code: str
    after: int
    of_unit: frozenset[str]
    of_office: frozenset[str] = frozenset()


LIAISONS, DIRECTORS = frozenset({Role.LIAISON}), frozenset({Role.DIRECTOR})
#: The first round begins when the deadline is near, however many days that is before it.
NEAR = Turn("near", 0, LIAISONS)
#: After the last week nobody is told any more: the lead stays in the lists as overdue.
WEEKS = 26
TURNS: tuple[Turn, ...] = (
    Turn("today", 0, LIAISONS),
    Turn("overdue", 1, UNIT_ROLES, DIRECTORS),
    *(Turn(f"week{week}", 1 + 7 * week, UNIT_ROLES, OFFICE_ROLES) for week in range(1, WEEKS + 1)),
)
BY_CODE = {turn.code: turn for turn in (NEAR, *TURNS)}
#: A deadline further back than this is past the last round.
LAST_DAY = dt.timedelta(days=TURNS[-1].after + 7)


def has_begun(now: dt.datetime) -> bool:
    """Whether it is past the hour of the day at which reminders begin."""
    return timezone.localtime(now).hour >= settings.PORTAL_REMIND_HOUR


def owed(now: dt.datetime) -> QuerySet[Assignment]:
    """The assignments that are near due or overdue."""
    day = timezone.localdate(now)
    begun = [
        When(due_on__lte=day - dt.timedelta(days=turn.after), then=Value(turn.code))
        for turn in reversed(TURNS)
    ]
    date = Func(F("due_on"), Value("YYYY-MM-DD"), function="to_char", output_field=CharField())
    return (
        Assignment.objects.waiting()
        .filter(due.is_near(day) | due.is_overdue(day), due_on__gt=day - LAST_DAY)
        .annotate(
            subject_key=Concat(Value("assignment:"), Cast("pk", CharField())),
            # The date belongs to the round: with a new deadline the rounds begin anew.
            turn=Concat(Case(*begun, default=Value(NEAR.code)), Value(":"), date),
        )
        .select_related("lead")
    )


def letters(rows: list[Assignment], now: dt.datetime) -> Iterator[Letter]:
    day = timezone.localdate(now)
    people = Audience([row.lead for row in rows], {row.unit_id for row in rows})
    for row in rows:
        turn = BY_CODE[row.turn.partition(":")[0]]
        standing = due.standing(row.due_on, ended=False, near_days=row.near_days, day=day)
        number = row.lead.number
        begin = (
            f"线索 {number} 的办理期限为{row.due_on.month}月{row.due_on.day}日，{standing.label}。"
        )
        for recipients, words in (
            (
                people.of_unit(row.lead, row.unit_id, turn.of_unit),
                "请抓紧核查反馈；不能按期办结的，请说明情况。",
            ),
            (people.of_office(row.lead, turn.of_office), "请督促承办单位办理。"),
        ):
            for recipient_id in recipients:
                yield Letter(
                    recipient_id=recipient_id,
                    subject_key=row.subject_key,
                    round=row.turn,
                    title=f"线索办理期限：{standing.label}（{number}）",
                    body=begin + words,
                    url=reverse("leads:detail", args=[number]),
                )


DEADLINES = declare(Reminder("deadline", owed, letters, is_time=has_begun))
