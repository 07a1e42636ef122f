"""催报: telling units at once that their report is waited for."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account, Membership
from departments.roles import OFFICE_ROLES, UNIT_ROLES
from messaging.services import Letter, send_letters
from reporting.periods.models import PeriodEvent, ReportExpectation, ReportPeriod
from reporting.periods.states import PeriodVerb
from reporting.weekly.states import STATUSES


@transaction.atomic
def urge(*, actor: Account, period: ReportPeriod, code: str = "") -> int:
    """Urge the unit of that code, or all units that owe the week's report; returns how many.

    Who was urged less than `PORTAL_URGE_HOURS` ago is passed over; Conflict when nobody is left.
    Two at once urge each unit once.
    """
    if period.jurisdiction_id not in actor.jurisdictions_as(*OFFICE_ROLES):
        raise PermissionDenied
    # One at a time: the slower of two finds what the faster has put into the book.
    ReportPeriod.objects.select_for_update(no_key=True, of=("self",)).get(pk=period.pk)
    rows = ReportExpectation.objects.with_status(period).unsigned().taking_reports()
    rows = rows.filter(unit__is_active=True, **({"unit__code": code} if code else {}))
    now = timezone.now()
    since = now - dt.timedelta(hours=settings.PORTAL_URGE_HOURS)
    urged = period.events.filter(verb=PeriodVerb.URGED, at__gt=since).values("unit")
    owing = list(rows.exclude(unit__in=urged).select_related("unit").order_by("unit__path"))
    if not owing:
        raise Conflict(
            f"没有可以催报的单位：已经报送、免报，或 {settings.PORTAL_URGE_HOURS} 小时内催报过。"
        )
    PeriodEvent.objects.bulk_create(
        PeriodEvent(
            period=period,
            unit=row.unit,
            verb=PeriodVerb.URGED,
            actor=actor,
            actor_name=actor.full_name,
            at=now,
        )
        for row in owing
    )
    send_letters(kind="weekly_urged", letters=_letters(owing, period, now))
    return len(owing)


def _letters(rows: list[ReportExpectation], period: ReportPeriod, now: dt.datetime) -> list[Letter]:
    people: dict[int, list[int]] = defaultdict(list)
    held = Membership.objects.filter(
        unit__in=[row.unit_id for row in rows], role__in=UNIT_ROLES, account__is_active=True
    )
    for unit_id, account_id in held.values_list("unit_id", "account_id").distinct():
        people[unit_id].append(account_id)
    due = timezone.localtime(period.due_at)
    words = "已过截止时间，请尽快" if period.is_past_due else f"请于{due:%m月%d日 %H:%M}前"
    return [
        Letter(
            recipient_id=account_id,
            subject_key=f"period:{period.pk}:unit:{row.unit_id}",
            round=now.isoformat(),
            title=f"扫黑办催报周报：{row.unit.name}",
            body=(
                f"{row.unit.name}{period.label}周报目前为“{STATUSES[row.status]}”，"
                f"{words}经主要负责人签字报送。本周确无情况的，也须报送零报告。"
            ),
            url=reverse("reporting:edit", args=[period.pk, row.unit.code]),
        )
        for row in rows
        for account_id in people[row.unit_id]
    ]
