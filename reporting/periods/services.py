"""The only writers of periods and expectations."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from departments.models import Unit, UnitKind
from reporting.periods import week
from reporting.periods.models import ReportExpectation, ReportPeriod


def open_periods(now: dt.datetime | None = None) -> int:
    """Open the current week of every town that has reporting units; returns how many opened.

    Closes the weeks whose time is over. Safe to run twice, or many at once.
    """
    now = now or timezone.now()
    close_periods(now)
    first = week.starts_on(timezone.localdate(now))
    reporting = Unit.objects.active().filter(jurisdiction=OuterRef("pk"), reports_weekly=True)
    opened = ReportPeriod.objects.filter(jurisdiction=OuterRef("pk"), starts_on=first)
    towns = Unit.objects.active().filter(Exists(reporting), ~Exists(opened), kind=UnitKind.TOWN)
    return sum(open_period(jurisdiction=town, day=first)[1] for town in towns)


@transaction.atomic
def open_period(*, jurisdiction: Unit, day: dt.date) -> tuple[ReportPeriod, bool]:
    """The town's week that contains `day`, and whether this call opened it.

    The week and its expected units appear together; whoever opens it second finds it whole.
    """
    first = week.starts_on(day)
    planned = week.schedule(first)
    period, opened = ReportPeriod.objects.get_or_create(
        jurisdiction=jurisdiction,
        starts_on=first,
        defaults={
            "ends_on": first + week.LENGTH,
            "due_at": planned.due_at,
            "remind_at": planned.remind_at,
            "closes_at": planned.closes_at,
            "due_basis": planned.due_basis,
            "calendar_guessed": planned.calendar_guessed,
        },
    )
    if opened:
        _expect_reporting_units(period)
    return period, opened


def _expect_reporting_units(period: ReportPeriod) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {ReportExpectation._meta.db_table} (period_id, unit_id)
            SELECT %s, unit.id FROM {Unit._meta.db_table} unit
            WHERE unit.jurisdiction_id = %s AND unit.reports_weekly AND unit.is_active
            ORDER BY unit.path
            ON CONFLICT DO NOTHING
            """,
            [period.pk, period.jurisdiction_id],
        )


def close_periods(now: dt.datetime | None = None) -> int:
    """Close the weeks that have passed their closing time; returns how many."""
    now = now or timezone.now()
    over = ReportPeriod.objects.open().filter(closes_at__lte=now)
    return over.update(closed_at=F("closes_at"))
