"""Working days: the editable table first, plain weekdays where a year has no data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import chinese_calendar
from django.db import connection, transaction

from departments.models import CalendarDay, CalendarYear

SATURDAY = 5
#: The advisory lock of the table: shared by who plans by it, alone for who changes it.
LOCK = 7_403


@dataclass(frozen=True)
class WorkingDays:
    """The working days of a span of years, read in two queries.

    `guessed_years` are the years whose table nobody has called complete: there, weekdays count as
    working days but for the days that are known, and a page that shows such a date says so.
    """

    known: dict[dt.date, bool]
    guessed_years: frozenset[int]

    @classmethod
    def between(cls, first: dt.date, last: dt.date) -> WorkingDays:
        years = range(first.year, last.year + 1)
        known = dict(
            CalendarDay.objects.filter(
                day__range=(dt.date(first.year, 1, 1), dt.date(last.year, 12, 31))
            ).values_list("day", "is_workday")
        )
        return cls(known, years_without_data(years))

    def is_workday(self, day: dt.date) -> bool:
        return self.known.get(day, day.weekday() < SATURDAY)

    def last_on_or_before(self, day: dt.date, *, not_before: dt.date) -> dt.date | None:
        """The last working day in the span, or None when there is none."""
        while day >= not_before:
            if self.is_workday(day):
                return day
            day -= dt.timedelta(days=1)
        return None

    def first_on_or_after(self, day: dt.date, *, not_after: dt.date) -> dt.date | None:
        """The first working day in the span, or None when there is none."""
        while day <= not_after:
            if self.is_workday(day):
                return day
            day += dt.timedelta(days=1)
        return None


def shift(day: dt.date, count: int) -> tuple[dt.date, frozenset[int]]:
    """The `count`-th working day after `day`, or before it where `count` is negative.

    With it come the years without data through which was counted: there the answer is a guess.
    """
    # Twice as many days and a month hold so many working days, with the longest holidays.
    span = dt.timedelta(days=2 * abs(count) + 30)
    days = WorkingDays.between(day - span, day + span)
    step = dt.timedelta(days=1 if count > 0 else -1)
    years = set()
    for _ in range(abs(count)):
        day += step
        while not days.is_workday(day):
            years.add(day.year)
            day += step
        years.add(day.year)
    return day, days.guessed_years & years


def years_without_data(years: Iterable[int]) -> frozenset[int]:
    """Those of `years` whose holidays nobody has entered in full."""
    wanted = frozenset(years)
    complete = CalendarYear.objects.filter(year__in=wanted)
    return wanted - set(complete.values_list("year", flat=True))


def guess_note(years: Collection[int]) -> str:
    """What a page says beside a date that was counted through years without data; else nothing."""
    if not years:
        return ""
    named = "、".join(f"{year}年" for year in sorted(years))
    return f"{named}节假日数据尚未录入，工作日按周一至周五推算，请以通知为准"


def hold(*, alone: bool = False) -> None:
    """Keep the table as it is until the transaction ends, so that what was planned by it fits.

    Many may hold it at once; who changes it holds it `alone`.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}(%s)", [LOCK])


def is_covered(year: int) -> bool:
    """Whether the seed knows the holidays of `year`."""
    try:
        chinese_calendar.is_workday(dt.date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


@transaction.atomic
def seed(year: int) -> int:
    """Fill the table with the holidays and make-up days of `year`, and call it complete.

    Edited rows stay as they are, and a complete year is left alone. Returns the number of days
    added: 0 for a year that the seed does not cover.
    """
    if not is_covered(year):
        return 0
    hold(alone=True)
    if not CalendarYear.objects.get_or_create(year=year)[1]:
        return 0
    days = chinese_calendar.get_dates(dt.date(year, 1, 1), dt.date(year, 12, 31))
    special = [
        CalendarDay(day=day, is_workday=chinese_calendar.is_workday(day), name=_name(day))
        for day in days
        if chinese_calendar.is_workday(day) != (day.weekday() < SATURDAY)
    ]
    before = CalendarDay.objects.filter(day__year=year).count()
    CalendarDay.objects.bulk_create(special, ignore_conflicts=True)
    return CalendarDay.objects.filter(day__year=year).count() - before


def _name(day: dt.date) -> str:
    return "调休上班" if chinese_calendar.is_workday(day) else "法定节假日"
