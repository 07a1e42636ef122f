"""催报: telling units at once that their report is waited for."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account
from departments.roles import OFFICE_ROLES
from messaging.services import send_letters
from reporting.periods.models import PeriodEvent, ReportExpectation, ReportPeriod
from reporting.periods.states import PeriodVerb
from reporting.reminders.weekly import URGED


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
    rows = list(URGED.owed(now).filter(pk__in=[row.pk for row in owing]))
    send_letters(kind=URGED.kind, letters=URGED.letters(rows, now), pace=URGED.pace)
    return len(owing)
