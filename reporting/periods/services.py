"""The only writers of periods and expectations."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from departments import calendar
from departments.models import Account, Unit, UnitKind
from reporting.duties.models import Exemption, ReportingChange
from reporting.duties.services import in_force
from reporting.form_versions import services as forms
from reporting.periods import week
from reporting.periods.models import PeriodEvent, ReportExpectation, ReportPeriod
from reporting.periods.states import PeriodVerb
from reporting.periods.week import Schedule


def open_periods(now: dt.datetime | None = None) -> int:
    """Open the current week of every town that has reporting units; returns how many opened.

    Closes the weeks whose time is over. Safe to run twice, or many at once.
    """
    now = now or timezone.now()
    close_periods(now)
    today = timezone.localdate(now)
    reporting = Unit.objects.active().filter(
        Q(reports_weekly=True) | Q(reporting_changes__reports=True), jurisdiction=OuterRef("pk")
    )
    opened = ReportPeriod.objects.current(today).filter(jurisdiction=OuterRef("pk"))
    towns = Unit.objects.active().filter(Exists(reporting), ~Exists(opened), kind=UnitKind.TOWN)
    return sum(open_period(jurisdiction=town, day=today)[1] for town in towns)


@transaction.atomic
def open_period(*, jurisdiction: Unit, day: dt.date) -> tuple[ReportPeriod, bool]:
    """The town's week that contains `day`, and whether this call opened it.

    The week and its expected units appear together; whoever opens it second finds it whole.
    """
    # What is planned here is planned by the calendar that a change of it finds planned.
    calendar.hold()
    # One opening at a time in a town: what is found not to be there is not there.
    Unit.objects.select_for_update(no_key=True, of=("self",)).get(pk=jurisdiction.pk)
    there = ReportPeriod.objects.filter(jurisdiction=jurisdiction)
    if period := there.current(day).first():
        return period, False
    first = week.first_of(day)
    if before := there.filter(ends_on__gte=first, starts_on__lte=day).first():
        first = before.ends_on + dt.timedelta(days=1)
    settled = in_force(jurisdiction.pk, first)
    planned = week.schedule(first, settled.rule)
    period, opened = ReportPeriod.objects.get_or_create(
        jurisdiction=jurisdiction, starts_on=first, defaults=asdict(planned)
    )
    if opened:
        forms.begin(jurisdiction.pk)
        _follow_changes(period)
        _expect_reporting_units(period, settled.kinds)
    return period, opened


def _follow_changes(period: ReportPeriod) -> None:
    """Turn the switches of the directory to what has been settled for this week."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {Unit._meta.db_table} unit SET reports_weekly = settled.reports
            FROM (
                SELECT DISTINCT ON (unit_id) unit_id, reports
                FROM {ReportingChange._meta.db_table}
                WHERE from_week <= %s ORDER BY unit_id, id DESC
            ) settled
            WHERE unit.id = settled.unit_id AND unit.jurisdiction_id = %s
              AND unit.reports_weekly <> settled.reports
            """,
            [period.last_week, period.jurisdiction_id],
        )


def _expect_reporting_units(period: ReportPeriod, kinds: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {ReportExpectation._meta.db_table} (period_id, unit_id, exemption_id)
            SELECT %s, unit.id, exemption.id
            FROM {Unit._meta.db_table} unit
            LEFT JOIN {Exemption._meta.db_table} exemption
              ON exemption.unit_id = unit.id
             AND %s BETWEEN exemption.first_week AND exemption.last_week
            WHERE unit.jurisdiction_id = %s AND unit.reports_weekly AND unit.is_active
              AND unit.kind = ANY(%s)
            ORDER BY unit.path
            ON CONFLICT DO NOTHING
            """,
            [period.pk, period.last_week, period.jurisdiction_id, kinds],
        )


def close_periods(now: dt.datetime | None = None) -> int:
    """Close the weeks that have passed their closing time; returns how many."""
    now = now or timezone.now()
    over = ReportPeriod.objects.open().filter(closes_at__lte=now)
    return over.update(closed_at=F("closes_at"))


@transaction.atomic
def replan(actor: Account | None, first: dt.date, last: dt.date) -> list[str]:
    """Plan the weeks that are not yet due anew, after days from `first` to `last` have changed.

    Returns what that changed, in words. No deadline is moved into the past: nothing that was
    filed becomes late, and nobody is late for what he could not know.
    """
    now = timezone.now()
    span = (first - week.MOST_OFF * week.WEEK, last)
    rows = (
        ReportPeriod.objects.open()
        .filter(due_at__gt=now, starts_on__lte=span[1], ends_on__gte=span[0])
        .select_related("jurisdiction")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    return [words for period in rows if (words := _replan(period, actor, now))]


def _replan(period: ReportPeriod, actor: Account | None, now: dt.datetime) -> str:
    rule = in_force(period.jurisdiction_id, period.starts_on).rule
    planned = week.schedule(period.starts_on, rule)
    if planned == _as_planned(period):
        return ""
    moved = timezone.localtime(planned.due_at)
    name = f"{period.jurisdiction}{period.short_label}"
    if planned.due_at <= now:
        words = f"按新日历应于{moved:%m-%d %H:%M}截止，已经过去，仍按原时间截止"
        _note(period, PeriodVerb.KEPT, words, actor)
        return f"{name}：{words}。"
    if _runs_into_another(period, planned):
        words = "按新日历应与下一周合并，但下一周已经开启，仍分别报送"
        _note(period, PeriodVerb.KEPT, words, actor)
        return f"{name}：{words}。"
    before = timezone.localtime(period.due_at)
    for field, value in asdict(planned).items():
        setattr(period, field, value)
    period.save(update_fields=list(asdict(planned)))
    words = f"截止时间由{before:%m-%d %H:%M}改为{moved:%m-%d %H:%M}"
    if before == moved:
        words = f"截止时间仍为{moved:%m-%d %H:%M}"
    if note := period.due_note:
        words += f"（{note}）"
    _note(period, PeriodVerb.REPLANNED, words, actor)
    return f"{name}：{words}。"


def _runs_into_another(period: ReportPeriod, planned: Schedule) -> bool:
    next_ones = ReportPeriod.objects.filter(
        jurisdiction=period.jurisdiction_id,
        starts_on__gt=period.starts_on,
        starts_on__lte=planned.ends_on,
    )
    return next_ones.exists()


def _as_planned(period: ReportPeriod) -> Schedule:
    return Schedule(**{name: getattr(period, name) for name in Schedule.__dataclass_fields__})


def _note(period: ReportPeriod, verb: str, words: str, actor: Account | None) -> None:
    PeriodEvent.objects.create(
        period=period,
        verb=verb,
        words=words,
        actor=actor,
        actor_name=actor.full_name if actor else "",
    )
