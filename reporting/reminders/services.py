"""The only writer of reminder rounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from departments.models import Membership
from departments.roles import UNIT_ROLES
from messaging.services import Letter, send_letters
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.reminders.models import ReminderRound
from reporting.reminders.rounds import ROUNDS
from reporting.weekly.states import STATUSES

KIND = "weekly_reminder"


def remind_due(now: dt.datetime | None = None) -> int:
    """Fire every round that is due; returns how many messages were new.

    Any number may run at once, and any may be killed: a round's messages and its mark commit
    together, under the round's lock, and each message besides under its own unique key.
    """
    now = now or timezone.now()
    _plan(now)
    sent = 0
    while (fired := _fire_next(now)) is not None:
        sent += fired
    return sent


def _plan(now: dt.datetime) -> None:
    """A row for each declared round whose time has come, where there is none yet."""
    for declared in ROUNDS:
        come = ReportPeriod.objects.open().filter(
            **{f"{declared.due_field}__lte": now}, due_at__gt=now
        )
        missing = come.exclude(reminder_rounds__code=declared.code)
        ReminderRound.objects.bulk_create(
            [
                ReminderRound(
                    period=period, code=declared.code, due_at=getattr(period, declared.due_field)
                )
                for period in missing
            ],
            ignore_conflicts=True,
        )


@transaction.atomic
def _fire_next(now: dt.datetime) -> int | None:
    """Fire one round that nobody else is firing; None when there is none."""
    free = ReminderRound.objects.due(now).select_for_update(skip_locked=True, of=("self",))
    turn = free.select_related("period").first()
    if turn is None:
        return None
    turn.sent_count = send_letters(kind=KIND, round=turn.code, letters=_letters(turn.period))
    turn.fired_at = timezone.now()
    turn.save(update_fields=["sent_count", "fired_at"])
    return turn.sent_count


def _letters(period: ReportPeriod) -> Iterator[Letter]:
    """One for every liaison and leader of every unit whose report is not signed yet."""
    owed = dict(
        ReportExpectation.objects.with_status(period)
        .unsigned()
        .filter(unit__is_active=True)
        .values_list("unit_id", "status")
    )
    members = (
        Membership.objects.filter(
            unit__in=ReportExpectation.objects.filter(period=period).values("unit"),
            role__in=UNIT_ROLES,
            account__is_active=True,
        )
        .values_list("unit_id", "unit__name", "unit__code", "account_id")
        .distinct()
        .order_by("unit_id", "account_id")
    )
    due = timezone.localtime(period.due_at)
    until = f"{due.month}月{due.day}日 {due:%H:%M}"
    for unit_id, name, code, account_id in members.iterator(chunk_size=2000):
        if unit_id not in owed:
            continue
        yield Letter(
            recipient_id=account_id,
            subject_key=f"period:{period.pk}:unit:{unit_id}",
            title=f"请按时报送周报：{name}",
            body=(
                f"{name}{period.label}周报目前为“{STATUSES[owed[unit_id]]}”，"
                f"请于{until}前经主要负责人签字报送。本周确无情况的，也须报送零报告。"
            ),
            url=reverse("reporting:edit", args=[period.pk, code]),
        )
