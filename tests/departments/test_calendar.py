"""Working days: the official notice of 2026, edited days, and years that nobody has entered."""

from __future__ import annotations

import datetime as dt

import pytest

from departments import calendar
from departments.calendar import WorkingDays
from departments.models import CalendarDay

NEW_YEAR, NEW_YEARS_EVE = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
FRIDAYS_OFF = ["01-02", "02-20", "05-01", "06-19", "09-25", "10-02"]
WEEKENDS_ON = ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text if len(text) == 10 else f"2026-{text}")


@pytest.fixture
def days(db) -> WorkingDays:
    calendar.seed(2026)
    return WorkingDays.between(NEW_YEAR, NEW_YEARS_EVE)


def test_these_fridays_of_2026_are_off_and_no_others(days):
    fridays = [NEW_YEAR + dt.timedelta(days=1 + 7 * week) for week in range(52)]
    off = [f"{friday:%m-%d}" for friday in fridays if not days.is_workday(friday)]
    assert off == FRIDAYS_OFF


def test_these_weekend_days_of_2026_are_worked_and_no_others(days):
    every = [NEW_YEAR + dt.timedelta(days=count) for count in range(365)]
    on = [f"{one:%m-%d}" for one in every if one.weekday() >= 5 and days.is_workday(one)]
    assert on == WEEKENDS_ON


@pytest.mark.parametrize(
    ("friday", "due"),
    [
        ("01-09", "01-09"),
        ("01-02", "2025-12-31"),
        ("02-20", "02-14"),  # the Saturday that begins the week is a make-up day
        ("05-01", "04-30"),
        ("06-19", "06-18"),
        ("09-25", "09-24"),
        ("10-02", "09-30"),
        ("10-09", "10-09"),
    ],
)
def test_the_last_working_day_of_a_reporting_week(days, friday, due):
    friday = day(friday)
    saturday = friday - dt.timedelta(days=6)
    week = WorkingDays.between(saturday, friday)
    assert week.last_on_or_before(friday, not_before=saturday) == day(due)


def test_a_span_without_working_days_has_none(days):
    first, last = day("02-16"), day("02-23")
    assert days.last_on_or_before(last, not_before=first) is None


def test_holidays_and_make_up_days_are_named(days):
    assert CalendarDay.objects.get(day="2026-10-01").name == "法定节假日"
    assert CalendarDay.objects.get(day="2026-10-10").name == "调休上班"
    # An ordinary day has no row: the weekday decides.
    assert not CalendarDay.objects.filter(day__in=["2026-11-24", "2026-11-28"]).exists()


def test_a_year_without_data_counts_weekdays_and_says_so(db):
    assert calendar.seed(2035) == 0
    days = WorkingDays.between(dt.date(2035, 10, 1), dt.date(2035, 10, 7))
    assert days.guessed_years == {2035}
    assert [days.is_workday(dt.date(2035, 10, one)) for one in range(1, 8)] == [True] * 5 + [
        False
    ] * 2


def test_a_span_into_a_year_without_data_names_that_year_alone(days):
    span = WorkingDays.between(day("12-26"), dt.date(2027, 1, 1))
    assert span.guessed_years == {2027}
    assert WorkingDays.between(NEW_YEAR, NEW_YEARS_EVE).guessed_years == frozenset()


def test_seeding_again_adds_nothing_and_keeps_edited_days(days):
    CalendarDay.objects.filter(day="2026-10-10").update(is_workday=False, name="本镇放假")
    CalendarDay.objects.create(day="2026-11-20", is_workday=False, name="停电")
    assert calendar.seed(2026) == 0
    again = WorkingDays.between(NEW_YEAR, NEW_YEARS_EVE)
    assert not again.is_workday(day("10-10"))
    assert not again.is_workday(day("11-20"))
    assert CalendarDay.objects.get(day="2026-10-10").name == "本镇放假"


def test_the_days_of_a_span_are_two_queries(days, django_assert_num_queries):
    with django_assert_num_queries(2):
        span = WorkingDays.between(dt.date(2024, 1, 1), NEW_YEARS_EVE)
        span.last_on_or_before(day("10-04"), not_before=day("09-01"))
